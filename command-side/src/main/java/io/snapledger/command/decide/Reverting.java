package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;
import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
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
import java.util.stream.Stream;

/**
 * Bringing the domain to a snapshot's state: by fresh overlays on its bases, unless what was written since is to be kept
 * or folded in. What is left is kept as the tip of the snapshot that was current; the former tip of the snapshot reverted
 * to is replaced. Nothing that a snapshot reads changes, but for those that the command gives up by name.
 */
final class Reverting {
    private final Situation situation;
    private final Revert asked;
    private final Snapshot snapshot;
    private final RunState start;
    private final Set<Kept> ended = new LinkedHashSet<>();

    private Reverting(Situation situation, Revert asked) {
        this.situation = situation;
        this.asked = asked;
        this.snapshot = situation.snapshot(asked.snapshot());
        this.start = start(asked, snapshot);
    }

    static Decision decide(Situation situation, Revert asked) {
        if (asked.resetNvram()) {
            throw unsupported("resetNvram is not supported; the launch definition on the host says what firmware the"
                    + " guest starts with, so leave it out");
        }
        refuseIf(
                asked.includeSubsequentChanges() && asked.onInvalidated().isPresent(),
                RejectionCode.INVALID_COMBINATION,
                "includeSubsequentChanges and onInvalidated exclude each other; give one of them");
        situation.readable(asked.snapshot());
        return Decision.of(open(situation, asked));
    }

    /** Also decides anew, when the host was found otherwise. */
    static RevertRequested open(Situation situation, Revert asked) {
        Reverting reverting = new Reverting(situation, asked);
        boolean inPlace = Restarting.inPlace(situation, reverting.snapshot, reverting.start);
        if (!inPlace) {
            Restarting.requireLaunch(situation, reverting.start);
        }
        refuseIf(
                !inPlace
                        && reverting.start.online()
                        && reverting.snapshot.definition().launch().isEmpty(),
                RejectionCode.WRONG_STATE,
                "the definition that snapshot \"" + asked.snapshot()
                        + "\" brings back has no launch definition, so its guest cannot be started; give start stopped");
        reverting.requireTagsFree();
        reverting.ended.addAll(
                Unpinning.needingContent(situation, reverting.tagged(), asked.force(), reverting.what()));
        if (asked.includeSubsequentChanges()) {
            return reverting.toTip();
        }
        return switch (asked.onInvalidated().orElse(Revert.OnInvalidated.OVERLAY)) {
            case OVERLAY -> reverting.overlay();
            case REFUSE -> reverting.overlayUnlessUsed();
            case DISCARD -> reverting.discard();
            case MERGE -> reverting.merge();
        };
    }

    private static RunState start(Revert asked, Snapshot snapshot) {
        return switch (asked.start().orElse(Revert.Start.RECORDED)) {
            case RECORDED -> snapshot.state().recorded();
            case RUNNING -> RunState.RUNNING;
            case PAUSED -> RunState.PAUSED;
            case STOPPED -> RunState.SHUTOFF;
        };
    }

    private String what() {
        return "reverting to \"" + snapshot.name() + "\"";
    }

    private List<DiskCapture.External> disks() {
        return snapshot.externalDisks().toList();
    }

    /** The layers that hold the snapshot's tags, which become active. */
    private List<Layer> tagged() {
        return snapshot.internalDisks()
                .map(d -> situation.layers().find(d.file()).orElseThrow())
                .toList();
    }

    /** QEMU would restore a tag under overlays, or over another snapshot's state, and say nothing. */
    private void requireTagsFree() {
        List<Layer> tagged = tagged();
        Revert.OnInvalidated way = asked.onInvalidated().orElse(Revert.OnInvalidated.OVERLAY);
        refuseIf(
                !tagged.isEmpty() && (asked.includeSubsequentChanges() || way == Revert.OnInvalidated.MERGE),
                RejectionCode.INVALID_COMBINATION,
                "snapshot \"" + snapshot.name()
                        + "\" is internal: what was written since is in the same files and cannot"
                        + " be kept or merged; leave onInvalidated and includeSubsequentChanges out");
        List<Layer> spoilt = new ArrayList<>();
        for (Layer layer : tagged) {
            Set<SnapshotName> states = situation.layers().usersOf(layer.file());
            if (!states.isEmpty() || layer.origin() == Layer.Origin.RELEASED) {
                spoilt.add(layer);
            }
            if (way != Revert.OnInvalidated.DISCARD) {
                spoilt.addAll(situation.layers().childrenOf(layer.file()));
            }
            situation.layers().above(layer.file()).stream()
                    .filter(l -> l.origin() != Layer.Origin.MADE || Lying.holdsUsersTag(situation, l))
                    .forEach(spoilt::add);
        }
        if (!spoilt.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_CORRUPT,
                    "restoring \"" + snapshot.name() + "\" inside "
                            + tagged.stream().map(Layer::file).toList() + " would change what is read through "
                            + spoilt.stream().map(Layer::file).toList()
                            + "; delete what lies there first, or give onInvalidated discard",
                    spoilt.stream().map(Layer::file).toList()));
        }
    }

    /**
     * The guest is stopped, the tags restored while nobody has the images, and the guest started again; or QEMU loads all in
     * the guest that runs.
     */
    private List<Step> restarted(
            Folding folding, Optional<MemoryFile> memory, Optional<Pin> pin, List<Step> untagging) {
        Optional<MakeTags> undo = pin.filter(p -> !p.undo().isEmpty()).map(p -> new MakeTags(p.undo()));
        if (Restarting.inPlace(situation, snapshot, start)) {
            return Stream.of(undo.stream(), untagging.stream(), Restarting.machine(situation, snapshot, start).stream())
                    .<Step>flatMap(s -> s)
                    .toList();
        }
        List<Step> steps = new ArrayList<>(Restarting.stop(situation));
        undo.ifPresent(steps::add);
        List<Tag> tags = Restarting.tags(situation, snapshot);
        if (!tags.isEmpty()) {
            steps.add(new RestoreTags(tags));
        }
        steps.addAll(untagging);
        Optional<LoadMachine> machine = Restarting.machine(situation, snapshot, start);
        RunState first = machine.isPresent() ? RunState.PAUSED : start;
        steps.addAll(Restarting.start(situation, folding.graph(), memory, first));
        machine.ifPresent(steps::add);
        return steps;
    }

    private RevertRequested overlay() {
        Optional<MemoryFile> memory = Restarting.memory(situation, snapshot, start);
        return fresh(memory, List.of(), List.of());
    }

    /** Fresh overlays, or the layers of the tags; what goes is kept while the revert can be taken back. */
    private RevertRequested fresh(Optional<MemoryFile> memory, List<Layer> lying, List<Snapshot> going) {
        Folding folding = new Folding(situation, List.of(), ended);
        List<Step> steps = new ArrayList<>();
        List<Layer> made = overlays(steps);
        List<Layer> next = new ArrayList<>(made);
        next.addAll(tagged());
        folding.switchTo(made);
        folding.activate(tagged());
        List<Layer> left = new ArrayList<>(replaced(made));
        lying.stream()
                .filter(l -> situation.layers().isChildless(l.file()))
                .filter(l -> situation.layers().ownerOf(l.file()).isPresent())
                .forEach(left::add);
        Optional<Pin> pin = pin(next, left, going);
        steps.addAll(restarted(folding, memory, pin, folding.tagsRemovedAtRest(situation)));
        if (pin.isEmpty()) {
            folding.dropLeft(left);
            folding.dropLeft(Restarting.nobodys(situation, next));
        }
        folding.dropUnpinned();
        folding.dropMemories();
        steps.addAll(folding.steps());
        return requested(steps, folding, names(going), pin);
    }

    /** What is left: the layers that were active, the tips that others take the place of, and the snapshots that go. */
    private Optional<Pin> pin(List<Layer> next, List<Layer> left, List<Snapshot> going) {
        return situation.undoUntil().map(until -> {
            List<Tag> undo = tagged().stream()
                    .map(l -> new Tag(l.target(), l.image(), "undo-" + situation.operation()))
                    .toList();
            Set<HostPath> restored = new HashSet<>();
            undo.forEach(t -> restored.add(t.image().file()));
            Pin gone = Unpinning.pin(situation, until, going);
            Set<HostPath> files = new LinkedHashSet<>(gone.files());
            left.forEach(l -> files.add(l.file()));
            for (Layer layer : next) {
                Layer before = situation.layers().active(layer.target());
                if (!before.equals(layer)) {
                    files.add(before.file());
                }
            }
            files.removeAll(restored);
            List<Tag> tags = new ArrayList<>(undo);
            tags.addAll(gone.tags());
            return new Pin(until, List.copyOf(files), tags, undo);
        });
    }

    /** The tip that the fresh overlays take the place of. What a tip has on disks that the snapshot lacks stays. */
    private List<Layer> replaced(List<Layer> made) {
        Set<Optional<HostPath>> bases = new HashSet<>();
        made.forEach(l -> bases.add(l.backing()));
        return situation.layers().tipOf(snapshot.name()).stream()
                .filter(l -> bases.contains(l.backing()))
                .toList();
    }

    private RevertRequested overlayUnlessUsed() {
        List<Layer> tip = situation.layers().tipOf(snapshot.name());
        List<Layer> others = disks().stream()
                .flatMap(d -> situation.layers().childrenOf(d.base()).stream())
                .filter(l -> !tip.contains(l))
                .toList();
        if (!others.isEmpty()) {
            throw Lying.wouldInvalidate(
                    situation,
                    "reverting to \"" + snapshot.name() + "\" would leave other states behind: ",
                    others,
                    Set.of(snapshot.name()));
        }
        return overlay();
    }

    private RevertRequested discard() {
        Optional<MemoryFile> memory = Restarting.memory(situation, snapshot, start);
        List<Layer> lying = new ArrayList<>();
        disks().forEach(d -> lying.addAll(situation.layers().above(d.base())));
        tagged().forEach(l -> lying.addAll(situation.layers().above(l.file())));
        List<Snapshot> going = Lying.states(situation, lying, Set.of());
        boolean beneath = tagged().stream().anyMatch(l -> !situation.layers().isChildless(l.file()));
        if (situation.undoUntil().isPresent() && !beneath) {
            return fresh(memory, lying, going);
        }
        if (beneath) {
            ended.addAll(Unpinning.needing(situation, lying, asked.force(), what()));
        }
        Folding folding = new Folding(situation, going, ended);
        List<Step> steps = new ArrayList<>();
        List<Layer> made = overlays(steps);
        List<Layer> next = new ArrayList<>(made);
        next.addAll(tagged());
        folding.switchTo(made);
        folding.giveWay(lying, tagged());
        steps.addAll(restarted(folding, memory, Optional.empty(), folding.tagsRemovedAtRest(situation)));
        folding.dropLeft(lying);
        folding.dropLeft(Restarting.nobodys(situation, next));
        folding.dropNobodys(going);
        folding.dropUnpinned();
        folding.dropMemories();
        steps.addAll(folding.steps());
        return requested(steps, folding, names(going), Optional.empty());
    }

    /** The guest starts on the bases themselves, with all that was written since in them. */
    private RevertRequested merge() {
        List<Layer> lying = new ArrayList<>();
        for (DiskCapture.External disk : disks()) {
            lying.addAll(Lying.onlyChainOn(situation, snapshot, disk.base()));
        }
        List<Snapshot> going = Lying.states(situation, lying, Set.of(snapshot.name()));
        List<Layer> written = new ArrayList<>(lying);
        disks().forEach(d -> situation.layers().find(d.base()).ifPresent(written::add));
        ended.addAll(Unpinning.needing(situation, written, asked.force(), what()));
        Folding folding = new Folding(situation, going, ended);
        for (DiskCapture.External disk : disks()) {
            while (!folding.graph().isChildless(disk.base())) {
                folding.fold(folding.graph().childrenOf(disk.base()).getFirst());
            }
        }
        List<Layer> bases = disks().stream()
                .map(d -> folding.graph().find(d.base()).orElseThrow())
                .toList();
        folding.activate(bases);
        folding.dropLeft(Restarting.nobodys(situation, bases));
        folding.dropNobodys(going);
        folding.dropUnpinned();
        folding.dropMemories();
        List<Step> steps = new ArrayList<>(Restarting.stop(situation));
        steps.addAll(folding.tagsRemovedAtRest(situation));
        folding.steps().stream().filter(CommitLayer.class::isInstance).forEach(steps::add);
        steps.addAll(Restarting.start(situation, folding.graph(), Optional.empty(), start));
        folding.steps().stream().filter(s -> !(s instanceof CommitLayer)).forEach(steps::add);
        return requested(steps, folding, names(going), Optional.empty());
    }

    /** What was written since the snapshot goes on; its memory is of an earlier moment and is not loaded. */
    private RevertRequested toTip() {
        List<Layer> tip = new ArrayList<>();
        for (DiskCapture.External disk : disks()) {
            List<Layer> found = situation.layers().tipOf(snapshot.name()).stream()
                    .filter(l -> l.target().equals(disk.target()))
                    .toList();
            refuseIf(
                    found.size() != 1,
                    RejectionCode.WOULD_INVALIDATE,
                    "snapshot \"" + snapshot.name() + "\" has " + (found.isEmpty() ? "nothing" : "more than one layer")
                            + " that was written since on disk " + disk.target()
                            + "; leave includeSubsequentChanges out to get the state that the snapshot holds");
            tip.addAll(found);
        }
        ended.addAll(Unpinning.needing(situation, tip, asked.force(), what()));
        Folding folding = new Folding(situation, List.of(), ended);
        folding.activate(tip);
        Optional<Pin> pin = pin(tip, List.of(), List.of());
        List<Step> steps = new ArrayList<>(Restarting.stop(situation));
        steps.addAll(folding.tagsRemovedAtRest(situation));
        steps.addAll(Restarting.start(situation, folding.graph(), Optional.empty(), start));
        if (pin.isEmpty()) {
            folding.dropLeft(Restarting.nobodys(situation, tip));
        }
        folding.dropUnpinned();
        folding.dropMemories();
        steps.addAll(folding.steps());
        return requested(steps, folding, List.of(), pin);
    }

    private List<Layer> overlays(List<Step> steps) {
        Set<HostPath> files = new HashSet<>();
        List<Layer> made = new ArrayList<>();
        for (DiskCapture.External disk : disks()) {
            Layer base = situation.layers().find(disk.base()).orElseThrow();
            situation.requireNotTooDeep(base);
            HostPath file = FileNames.revertOverlay(situation, base.file(), snapshot.name(), files);
            files.add(file);
            Image overlay = new Image(file, ImageFormat.QCOW2);
            steps.add(new MakeOverlay(disk.target(), overlay, base.image()));
            made.add(new Layer(disk.target(), overlay, Optional.of(base.file()), Layer.Origin.MADE));
        }
        return made;
    }

    private RevertRequested requested(List<Step> steps, Folding folding, List<SnapshotName> gone, Optional<Pin> pin) {
        return new RevertRequested(
                situation.operation(),
                situation.attempt(),
                Restarting.returning(situation.definition(), snapshot.definition()),
                situation.plan(steps, asked.force()),
                snapshot.name(),
                start,
                folding.change(),
                gone,
                pin,
                asked);
    }

    private static List<SnapshotName> names(List<Snapshot> snapshots) {
        return snapshots.stream().map(Snapshot::name).toList();
    }
}
