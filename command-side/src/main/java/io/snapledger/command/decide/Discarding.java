package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Giving up a snapshot together with all that was written since. A disk that is on those layers gets a fresh overlay on
 * the snapshot's base; a guest that runs is started again on it. Branches of the snapshot, which only read the base, stay.
 */
final class Discarding {
    private final Situation situation;
    private final Snapshot going;

    private Discarding(Situation situation, Snapshot going) {
        this.situation = situation;
        this.going = going;
    }

    static DiscardRequested open(Situation situation, SnapshotName name, boolean force) {
        return new Discarding(situation, situation.snapshot(name)).plan(force);
    }

    private LayerGraph layers() {
        return situation.layers();
    }

    private DiscardRequested plan(boolean force) {
        refuseIf(
                going.internalDisks().findAny().isPresent(),
                RejectionCode.UNSUPPORTED,
                "snapshot \"" + going.name() + "\" is internal and cannot be discarded in one step yet; revert to it,"
                        + " then delete it");
        List<Layer> since = new ArrayList<>();
        going.externalDisks().forEach(d -> since.addAll(writtenSince(d.base())));
        List<Snapshot> gone = Lying.states(situation, since, Set.of(going.name()));
        requireNobodyElse(gone, force);

        List<Step> steps = new ArrayList<>();
        List<Layer> made = overlays(since, steps);
        Folding folding = new Folding(situation, gone);
        folding.switchTo(made);
        boolean restarted = !made.isEmpty() && situation.online();
        List<Step> untagging = restarted ? folding.tagsRemovedAtRest(situation) : folding.tagsRemoved(situation);
        if (restarted) {
            Restarting.requireLaunch(situation, situation.runState());
            steps.addAll(Restarting.stop(situation));
            steps.addAll(untagging);
            steps.addAll(Restarting.start(situation, folding.graph(), Optional.empty(), start()));
        }
        if (!restarted) {
            steps.addAll(untagging);
        }
        folding.dropLeft(since);
        folding.dropNobodys(gone);
        folding.dropMemories();
        steps.addAll(folding.steps());
        return new DiscardRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps),
                going.name(),
                restarted ? start() : situation.runState(),
                folding.change(),
                gone.stream().map(Snapshot::name).toList(),
                force);
    }

    /** What lies on the base and is not a branch's, the upper layers first. */
    private List<Layer> writtenSince(HostPath base) {
        Set<SnapshotName> sharing = new HashSet<>(layers().usersOf(base));
        sharing.remove(going.name());
        List<Layer> since = new ArrayList<>();
        for (Layer child : layers().childrenOf(base)) {
            if (layers().ownerOf(child.file()).stream().noneMatch(sharing::contains)) {
                since.addAll(layers().above(child.file()));
                since.add(child);
            }
        }
        return since;
    }

    private void requireNobodyElse(List<Snapshot> gone, boolean force) {
        List<SnapshotName> others = gone.stream()
                .map(Snapshot::name)
                .filter(n -> !n.equals(going.name()))
                .toList();
        if (!others.isEmpty() && !force) {
            throw new RejectedException(Rejection.naming(
                    RejectionCode.WOULD_INVALIDATE,
                    "discarding \"" + going.name() + "\" would lose " + Lying.quoted(others)
                            + ", taken since; give force to lose them too, or delete them first",
                    others));
        }
    }

    private List<Layer> overlays(List<Layer> since, List<Step> steps) {
        Set<HostPath> files = new HashSet<>();
        List<Layer> made = new ArrayList<>();
        for (DiskCapture.External disk : going.externalDisks().toList()) {
            if (since.contains(layers().active(disk.target()))) {
                Layer base = layers().find(disk.base()).orElseThrow();
                situation.requireNotTooDeep(base);
                HostPath file = FileNames.revertOverlay(situation, base.file(), going.name(), files);
                files.add(file);
                Image overlay = new Image(file, ImageFormat.QCOW2);
                steps.add(new MakeOverlay(disk.target(), overlay, base.image()));
                made.add(new Layer(disk.target(), overlay, Optional.of(base.file()), Layer.Origin.MADE));
            }
        }
        return made;
    }

    /** The memory is lost: the guest boots. */
    private RunState start() {
        return situation.runState() == RunState.PAUSED ? RunState.PAUSED : RunState.RUNNING;
    }
}
