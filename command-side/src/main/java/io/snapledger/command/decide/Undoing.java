package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.command.domain.Pins.Left;
import io.snapledger.command.domain.SnapshotTree;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Restored.Moved;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Taking back a revert or a deletion while its undo time lasts, the newest first. A deletion's snapshots are back at once;
 * after a revert the domain returns to the layers that it left, and its guest boots, since its memory was not kept.
 */
final class Undoing {
    private Undoing() {}

    static Decision decide(Situation situation, UndoOperation asked) {
        Kept kept = undoable(situation, asked.operation());
        requireNewest(situation, kept);
        return Decision.of(
                kept.left().isPresent()
                        ? open(situation, kept, kept.left().get())
                        : new DeletionUndone(kept.operation(), restored(situation.state(), kept)));
    }

    private static Kept undoable(Situation situation, OperationId operation) {
        return situation
                .state()
                .pins()
                .find(operation)
                .filter(k -> situation.at().isBefore(k.pin().until()))
                .orElseThrow(() -> new RejectedException(Rejection.ofOperation(
                        RejectionCode.UNDO_EXPIRED,
                        "operation " + operation + " of domain "
                                + situation.definition().name()
                                + " cannot be taken back: its undo time is over, a later command gave it up, or it was no"
                                + " revert or deletion with an undo time; what can be is listed with the domain",
                        operation)));
    }

    private static void requireNewest(Situation situation, Kept kept) {
        for (Kept newer : situation.state().pins().all()) {
            if (newer.operation().equals(kept.operation())) {
                return;
            }
            if (situation.at().isBefore(newer.pin().until())) {
                throw new RejectedException(Rejection.ofOperation(
                        RejectionCode.WRONG_STATE,
                        "operation " + newer.operation() + " came after " + kept.operation()
                                + "; take back the newer one first",
                        newer.operation()));
            }
        }
    }

    /** What comes back, refused when a later command has taken its place. */
    static Restored restored(DomainState state, Kept kept) {
        SnapshotTree tree = state.snapshots();
        Map<SnapshotName, Snapshot> back = new HashMap<>();
        kept.snapshots().forEach(s -> back.put(s.name(), s));
        for (Snapshot snapshot : kept.snapshots()) {
            requirePlace(state, kept, back, snapshot);
        }
        List<Moved> moved = kept.moved().stream()
                .filter(m -> tree.find(m.snapshot())
                        .filter(c -> c.parent().equals(heir(back, m.parent())))
                        .isPresent())
                .toList();
        return new Restored(kept.snapshots(), moved, current(tree, kept, back));
    }

    private static void requirePlace(
            DomainState state, Kept kept, Map<SnapshotName, Snapshot> back, Snapshot snapshot) {
        if (state.snapshots().has(snapshot.name())) {
            throw new RejectedException(Rejection.naming(
                    RejectionCode.SNAPSHOT_EXISTS,
                    "snapshot \"" + snapshot.name() + "\" cannot come back, there is another one of that name by now;"
                            + " delete that first",
                    List.of(snapshot.name())));
        }
        snapshot.parent()
                .filter(p -> !back.containsKey(p) && !state.snapshots().has(p))
                .ifPresent(p -> {
                    throw changed(kept, "the parent \"" + p + "\" of \"" + snapshot.name() + "\" is gone");
                });
        Stream.concat(
                        snapshot.externalDisks().map(DiskCapture.External::base),
                        snapshot.internalDisks().map(DiskCapture.Internal::file))
                .filter(f -> state.layers().find(f).isEmpty())
                .findFirst()
                .ifPresent(f -> {
                    throw changed(kept, "layer " + f + " of \"" + snapshot.name() + "\" is gone");
                });
    }

    /** To whom the children of one that is gone have moved. */
    private static Optional<SnapshotName> heir(Map<SnapshotName, Snapshot> back, SnapshotName parent) {
        Optional<SnapshotName> heir = Optional.of(parent);
        while (heir.filter(back::containsKey).isPresent()) {
            heir = Optional.ofNullable(back.get(heir.get())).flatMap(Snapshot::parent);
        }
        return heir;
    }

    private static Optional<SnapshotName> current(SnapshotTree tree, Kept kept, Map<SnapshotName, Snapshot> back) {
        if (kept.left().isEmpty() && !tree.current().equals(kept.currentAfter())) {
            return tree.current();
        }
        kept.current().filter(c -> !back.containsKey(c) && !tree.has(c)).ifPresent(c -> {
            throw changed(kept, "snapshot \"" + c + "\", which was current, is gone");
        });
        return kept.current();
    }

    /** Also decides anew, when the host was found otherwise. */
    static UndoRequested open(Situation situation, OperationId undone) {
        Kept kept = Unpinning.of(situation, List.of(undone)).getFirst();
        return open(situation, kept, kept.left().orElseThrow());
    }

    private static UndoRequested open(Situation situation, Kept kept, Left left) {
        restored(situation.state(), kept);
        RunState start = start(left.runState());
        Restarting.requireLaunch(situation, start);
        LayerGraph layers = situation.layers();
        List<Layer> next = new ArrayList<>();
        for (Active before : left.active()) {
            if (situation.definition().disk(before.target()).isPresent()
                    && !layers.active(before.target()).file().equals(before.file())) {
                next.add(untouched(layers, kept, before.file()));
            }
        }
        for (Tag tag : kept.pin().undo()) {
            untouched(layers, kept, tag.image().file());
        }
        Folding folding = new Folding(situation, List.of(), List.of(kept));
        folding.activate(next);
        List<Step> steps = new ArrayList<>(Restarting.stop(situation));
        if (!kept.pin().undo().isEmpty()) {
            steps.add(new RestoreTags(kept.pin().undo()));
            steps.add(new RemoveTags(kept.pin().undo()));
        }
        steps.addAll(Restarting.start(situation, folding.graph(), Optional.empty(), start));
        folding.dropLeft(
                left.made().stream().flatMap(f -> layers.find(f).stream()).toList());
        folding.dropLeft(Restarting.nobodys(situation, next));
        folding.dropLeft(ownerless(situation, kept));
        steps.addAll(folding.steps());
        return new UndoRequested(
                situation.operation(),
                situation.attempt(),
                Restarting.returning(situation.definition(), left.definition()),
                situation.plan(steps),
                kept.operation(),
                start,
                folding.change());
    }

    /** The tips that were put aside of snapshots that are gone for good since. */
    private static List<Layer> ownerless(Situation situation, Kept kept) {
        Set<SnapshotName> back = kept.snapshots().stream().map(Snapshot::name).collect(Collectors.toSet());
        return kept.owners().entrySet().stream()
                .filter(e -> !back.contains(e.getValue())
                        && !situation.state().snapshots().has(e.getValue()))
                .flatMap(e -> situation.layers().find(e.getKey()).stream())
                .toList();
    }

    private static Layer untouched(LayerGraph layers, Kept kept, HostPath file) {
        Layer layer = layers.find(file).orElseThrow(() -> changed(kept, "layer " + file + " is gone"));
        refuseIf(
                layer.origin() == Layer.Origin.RELEASED,
                RejectionCode.WRONG_STATE,
                "operation " + kept.operation() + " cannot be taken back: " + file
                        + " was left to the user when the record of its snapshot was deleted");
        refuseIf(
                !layers.isChildless(file) || !layers.usersOf(file).isEmpty(),
                RejectionCode.WRONG_STATE,
                "operation " + kept.operation() + " cannot be taken back: a snapshot was taken on " + file
                        + " since; delete or merge it first");
        return layer;
    }

    private static RejectedException changed(Kept kept, String what) {
        return new RejectedException(Rejection.ofOperation(
                RejectionCode.WRONG_STATE,
                "operation " + kept.operation() + " cannot be taken back: " + what
                        + "; a later command changed what it needs",
                kept.operation()));
    }

    /** The memory was not kept: a guest that ran boots. */
    private static RunState start(RunState before) {
        return switch (before) {
            case RUNNING, CRASHED -> RunState.RUNNING;
            case PAUSED -> RunState.PAUSED;
            case SHUTOFF -> RunState.SHUTOFF;
        };
    }
}
