package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Giving up a snapshot together with all that was written since. A disk that is on those layers gets a fresh overlay on
 * the snapshot's base, or its tag is restored; a guest that runs is started again on it. Branches of the snapshot, which only read the base, stay.
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
        List<Tag> restored = restored();
        List<Layer> tagged = restored.stream()
                .map(t -> layers().find(t.image().file()).orElseThrow())
                .toList();
        List<Layer> since = new ArrayList<>();
        going.externalDisks().forEach(d -> since.addAll(writtenSince(d.base())));
        tagged.forEach(l -> since.addAll(layers().above(l.file())));
        Set<SnapshotName> named = new TreeSet<>(Set.of(going.name()));
        tagged.forEach(l -> named.addAll(layers().usersOf(l.file())));
        List<Snapshot> gone = Lying.states(situation, since, named);
        requireNobodyElse(gone, force);
        requireOurs(tagged, since);
        List<Kept> ended = ended(tagged, since, force);

        List<Step> steps = new ArrayList<>();
        List<Layer> made = overlays(since, steps);
        Folding folding = new Folding(situation, gone, ended);
        folding.switchTo(made);
        if (!restored.isEmpty()) {
            folding.giveWay(since, tagged);
        }
        boolean restarted = situation.online() && !(made.isEmpty() && restored.isEmpty());
        if (restarted) {
            Restarting.requireLaunch(situation, situation.runState());
            steps.addAll(Restarting.stop(situation));
        }
        if (!restored.isEmpty()) {
            steps.add(new RestoreTags(restored));
        }
        steps.addAll(
                restarted || !restored.isEmpty()
                        ? folding.tagsRemovedAtRest(situation)
                        : folding.tagsRemoved(situation));
        if (restarted) {
            steps.addAll(Restarting.start(situation, folding.graph(), Optional.empty(), start()));
        }
        folding.dropLeft(since);
        folding.dropNobodys(gone);
        folding.dropUnpinned();
        folding.dropMemories();
        steps.addAll(folding.steps());
        return new DiscardRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps, force),
                going.name(),
                restarted ? start() : situation.runState(),
                folding.change(),
                gone.stream().map(Snapshot::name).toList(),
                force);
    }

    /** The tags in layers that the guest writes or reads; what others left on theirs stays as it is. */
    private List<Tag> restored() {
        return Restarting.tags(situation, going).stream()
                .filter(t ->
                        layers().imagesFrom(layers().active(t.target()).file()).contains(t.image()))
                .toList();
    }

    /** QEMU would restore a tag beneath what is the user's, and say nothing. */
    private void requireOurs(List<Layer> tagged, List<Layer> since) {
        List<HostPath> users = new ArrayList<>();
        tagged.stream()
                .filter(l -> l.origin() == Layer.Origin.RELEASED)
                .map(Layer::file)
                .forEach(users::add);
        if (!tagged.isEmpty()) {
            since.stream()
                    .filter(l -> l.origin() != Layer.Origin.MADE || Lying.holdsUsersTag(situation, l))
                    .map(Layer::file)
                    .forEach(users::add);
        }
        if (!users.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_CORRUPT,
                    "discarding \"" + going.name() + "\" would change what is read through " + users
                            + ", which is not ours to give up; delete the snapshot instead",
                    users));
        }
    }

    private List<Kept> ended(List<Layer> tagged, List<Layer> since, boolean force) {
        if (tagged.isEmpty()) {
            return List.of();
        }
        String what = "discarding \"" + going.name() + "\"";
        Set<Kept> ended = new LinkedHashSet<>(Unpinning.needingContent(situation, tagged, force, what));
        ended.addAll(Unpinning.needing(situation, since, force, what));
        return List.copyOf(ended);
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
