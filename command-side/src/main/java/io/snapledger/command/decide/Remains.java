package io.snapledger.command.decide;

import io.snapledger.command.domain.CannotFollowException;
import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.TookEffect;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is left of an operation that is given up before it reached its goal: of its steps those count that surely are
 * done. A snapshot of which a part is destroyed keeps the rest, and can only be merged or deleted again.
 */
final class Remains {
    private final DomainState state;
    private final InFlight operation;
    private final TookEffect effects;
    private final boolean forward;
    private final List<Step> rest;
    private final Set<HostPath> removed = new HashSet<>();
    private final Set<Tag> untagged = new HashSet<>();
    private final List<Fold> folded = new ArrayList<>();
    private final List<LayerChange.Stream> streamed = new ArrayList<>();
    private final Map<DiskTarget, HostPath> placed = new HashMap<>();

    /** @param rest what is not surely done of the last attempt */
    Remains(DomainState state, InFlight operation, TookEffect effects, boolean forward, List<Step> rest) {
        this.state = state;
        this.operation = operation;
        this.effects = effects;
        this.forward = forward;
        this.rest = rest;
        effects.done().forEach(this::done);
    }

    private Opening opening() {
        return operation.opening();
    }

    private LayerGraph layers() {
        return state.layers();
    }

    private void done(Step step) {
        switch (step) {
            case Step.CriticalSection s -> s.steps().forEach(this::done);
            case Step.SwitchActive s -> s.disks().forEach(d -> placed.put(d.target(), d.to().file()));
            case Step.StartGuest s ->
                s.disks().forEach(c -> placed.put(c.target(), c.active().file()));
            case Step.StopGuest _ -> placed.clear();
            case CommitLayer s -> committed(s);
            case RemoveFile s -> removed.add(s.file());
            case Step.RemoveTags s -> untagged.addAll(s.tags());
            case Step.StreamLayer s -> streamed.add(stream(s.target(), s.top(), s.base()));
            case Step.ReturnLayer s -> streamed.remove(stream(s.target(), s.top(), s.base()));
            case Step.MakeOverlay _,
                    Step.ReuseOverlay _,
                    Step.SaveMemory _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.MakeTags _,
                    Step.RestoreTags _,
                    Step.LoadMachine _,
                    Step.MakeMemoryImage _,
                    Step.SaveMachine _ -> {}
        }
    }

    private static LayerChange.Stream stream(DiskTarget target, Image top, Image base) {
        return new LayerChange.Stream(target, top.file(), base.file());
    }

    private void committed(CommitLayer step) {
        HostPath top = step.top().file();
        HostPath base = step.base().file();
        placed.replaceAll((_, file) -> file.equals(top) ? base : file);
        opening().layers().folded().stream()
                .filter(f -> f.top().equals(top) && f.base().equals(base))
                .forEach(folded::add);
    }

    /**
     * What cannot be told in the ledger's terms, such as a layer that is gone from beneath another, is left to drift as a
     * whole.
     */
    OperationAbandoned event() {
        OperationAbandoned told = forward ? destroyed() : placed();
        try {
            return checked(told);
        } catch (CannotFollowException _) {
            return checked(abandoned(
                    new LayerChange(List.of(), List.of(), List.of(), List.of(), unpinned()),
                    List.of(),
                    List.of(),
                    state.snapshots().current()));
        }
    }

    private OperationAbandoned checked(OperationAbandoned told) {
        DomainState after = state.evolve(told);
        OperationAbandoned named = with(told, leftovers(after, told));
        state.evolve(named);
        return named;
    }

    /** Past its point of no return: what went is gone, and the guest may be on what was made before. */
    private OperationAbandoned destroyed() {
        List<SnapshotName> gone = new ArrayList<>();
        List<Snapshot> left = new ArrayList<>();
        for (SnapshotName name : going(opening())) {
            Snapshot before = state.snapshots().find(name).orElseThrow();
            Snapshot after = withoutLost(before);
            if (!after.equals(before)) {
                if (holdsNothing(after)) {
                    gone.add(name);
                } else {
                    left.add(after);
                }
            }
        }
        List<HostPath> dropped =
                opening().layers().dropped().stream().filter(removed::contains).toList();
        List<Active> active = active();
        return abandoned(
                new LayerChange(made(), folded, streamed, dropped, List.of(), active, unpinned()),
                gone,
                left,
                active.isEmpty() ? currentWithout(gone) : currentOn(made()));
    }

    /** Before that: the guest is surely on what the operation made, or it is where it was. */
    private OperationAbandoned placed() {
        List<Active> active = active();
        return abandoned(
                new LayerChange(made(), List.of(), streamed, List.of(), List.of(), active, List.of()),
                List.of(),
                List.of(),
                active.isEmpty() ? state.snapshots().current() : currentOn(made()));
    }

    private List<Active> active() {
        return placed.entrySet().stream()
                .filter(e -> !layers().active(e.getKey()).file().equals(e.getValue()))
                .filter(e -> folded.stream().noneMatch(f -> f.base().equals(e.getValue())))
                .map(e -> new Active(e.getKey(), e.getValue()))
                .toList();
    }

    private List<Layer> made() {
        return opening().layers().made().stream()
                .filter(l -> placed.containsValue(l.file()))
                .toList();
    }

    /** A snapshot that the operation was to make does not exist, and one that was reverted to may have a tip already. */
    private Optional<SnapshotName> currentOn(List<Layer> made) {
        return switch (opening()) {
            case SnapshotCreationRequested _ -> state.snapshots().current();
            case RevertRequested e when made.isEmpty() -> Optional.of(e.snapshot());
            case BranchRequested _,
                    RevertRequested _,
                    DeletionRequested _,
                    MergeRequested _,
                    DiscardRequested _,
                    UndoRequested _,
                    CollectionRequested _ -> Optional.empty();
        };
    }

    private Optional<SnapshotName> currentWithout(List<SnapshotName> gone) {
        Optional<SnapshotName> current = state.snapshots().current();
        while (current.isPresent() && gone.contains(current.get())) {
            current = state.snapshots().find(current.get()).flatMap(Snapshot::parent);
        }
        return current;
    }

    /** What an undo was to bring back can still be brought back. */
    private List<OperationId> unpinned() {
        return forward && !(opening() instanceof UndoRequested)
                ? opening().layers().unpinned()
                : List.of();
    }

    private OperationAbandoned abandoned(
            LayerChange change, List<SnapshotName> gone, List<Snapshot> left, Optional<SnapshotName> current) {
        List<SnapshotName> consumed = going(opening()).stream()
                .filter(n -> !gone.contains(n))
                .filter(n -> isTouched(state.snapshots().find(n).orElseThrow()))
                .toList();
        return new OperationAbandoned(
                operation.operation(),
                operation.attempt(),
                operation.work().definition().host(),
                operation.cause().map(HostOperations::codeOf).orElse(RejectionCode.HOST_SILENT),
                "given up by an operator",
                change,
                gone,
                left,
                consumed,
                current,
                List.of());
    }

    private OperationAbandoned with(OperationAbandoned event, List<HostPath> leftovers) {
        return new OperationAbandoned(
                event.operation(),
                event.attempt(),
                event.host(),
                event.code(),
                message(event, leftovers),
                event.layers(),
                event.gone(),
                event.left(),
                event.consumed(),
                event.current(),
                leftovers);
    }

    private String message(OperationAbandoned event, List<HostPath> leftovers) {
        return "given up by an operator"
                + operation
                        .failed()
                        .map(HostOperationFailed::failure)
                        .map(f -> ", the last attempt failed so: " + f.message())
                        .orElse(" while its host was silent")
                + (event.consumed().isEmpty()
                        ? ""
                        : "; " + Lying.quoted(event.consumed()) + " can only be merged or deleted again")
                + (leftovers.isEmpty() ? "" : "; these files are yours from now on, where they are there: " + leftovers)
                + "; what else is otherwise on the host than in the ledger shows as drift";
    }

    /** The snapshots that would be no more if the operation had reached its goal. */
    private static List<SnapshotName> going(Opening opening) {
        return switch (opening) {
            case SnapshotCreationRequested _, BranchRequested _, UndoRequested _, CollectionRequested _ -> List.of();
            case RevertRequested e -> e.pin().isPresent() ? List.of() : e.gone();
            case DeletionRequested e -> e.snapshots();
            case MergeRequested e ->
                Stream.concat(e.discarded().stream(), Stream.of(e.snapshot())).toList();
            case DiscardRequested e -> e.gone();
        };
    }

    private Snapshot withoutLost(Snapshot snapshot) {
        List<DiskCapture> disks = snapshot.disks().stream()
                .map(d -> isLost(d) ? new DiskCapture.None(d.target()) : d)
                .toList();
        return snapshot.withDisks(disks)
                .withMemory(isLost(snapshot.memory()) ? new MemoryCapture.None() : snapshot.memory());
    }

    private boolean isLost(DiskCapture disk) {
        return switch (disk) {
            case DiskCapture.None _ -> false;
            case DiskCapture.External d ->
                removed.contains(d.base())
                        || folded.stream().anyMatch(f -> f.base().equals(d.base()));
            case DiskCapture.Internal d -> removed.contains(d.file()) || isUntagged(d.file(), d.tag());
        };
    }

    private boolean isLost(MemoryCapture memory) {
        return switch (memory) {
            case MemoryCapture.None _ -> false;
            case MemoryCapture.Internal m -> removed.contains(m.file()) || isUntagged(m.file(), m.tag());
            case MemoryCapture.External m -> removed.contains(m.file());
        };
    }

    private boolean isUntagged(HostPath file, String name) {
        return untagged.stream()
                .anyMatch(t -> t.image().file().equals(file) && t.name().equals(name));
    }

    private static boolean holdsNothing(Snapshot snapshot) {
        return snapshot.memory() instanceof MemoryCapture.None
                && snapshot.disks().stream().allMatch(DiskCapture.None.class::isInstance);
    }

    /** Whether a step that was begun has written, or may have, into what the snapshot is read from. */
    private boolean isTouched(Snapshot snapshot) {
        return !withoutLost(snapshot).equals(snapshot)
                || Stream.of(effects.done(), effects.failed(), effects.unknown())
                        .flatMap(Collection::stream)
                        .anyMatch(s -> touches(s, snapshot));
    }

    private boolean touches(Step step, Snapshot snapshot) {
        return switch (step) {
            case CommitLayer s ->
                snapshot.externalDisks().anyMatch(d -> d.base().equals(s.base().file()));
            case Step.RemoveTags s ->
                s.tags().stream()
                        .anyMatch(t -> snapshot.internalDisks()
                                .anyMatch(d -> d.file().equals(t.image().file())
                                        && d.tag().equals(t.name())));
            case Step.RestoreTags s -> readsThrough(snapshot, s.tags());
            case Step.LoadMachine s -> readsThrough(snapshot, s.disks());
            case RemoveFile _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.CriticalSection _,
                    Step.SwitchActive _,
                    Step.StartGuest _,
                    Step.StopGuest _,
                    Step.MakeOverlay _,
                    Step.ReuseOverlay _,
                    Step.SaveMemory _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.MakeTags _,
                    Step.MakeMemoryImage _,
                    Step.SaveMachine _ -> false;
        };
    }

    private boolean readsThrough(Snapshot snapshot, List<Tag> restored) {
        Stream<HostPath> states = Stream.concat(
                snapshot.externalDisks().map(DiskCapture.External::base),
                snapshot.internalDisks().flatMap(d -> layers().find(d.file()).flatMap(Layer::backing).stream()));
        return states.flatMap(f -> layers().imagesFrom(f).stream())
                .anyMatch(i -> restored.stream().anyMatch(t -> t.image().file().equals(i.file())));
    }

    /** What was made or was to go, may be there, and is no more the ledger's; and what nothing of it refers to. */
    private List<HostPath> leftovers(DomainState after, OperationAbandoned told) {
        Set<HostPath> files = new TreeSet<>();
        Stream.concat(effects.done().stream(), effects.unknown().stream())
                .filter(s -> !(s instanceof Step.ReuseOverlay))
                .forEach(s -> files.addAll(
                        Claims.filesMadeBy(new Plan(opening().plan().assumes(), List.of(s)))));
        operation.failed().ifPresent(f -> files.addAll(f.leftovers()));
        rest.stream()
                .filter(RemoveFile.class::isInstance)
                .map(s -> ((RemoveFile) s).file())
                .forEach(files::add);
        files.removeAll(removed);
        files.removeIf(f -> after.layers().has(f) || after.pins().has(f));
        after.layers().all().stream()
                .filter(l -> isNobodys(after, l, told))
                .map(Layer::file)
                .forEach(files::add);
        return List.copyOf(files);
    }

    private boolean isNobodys(DomainState after, Layer layer, OperationAbandoned told) {
        HostPath file = layer.file();
        boolean inherited = opening().layers().dropped().contains(file)
                && layers().ownerOf(file).filter(told.gone()::contains).isPresent();
        return layer.origin() == Layer.Origin.MADE
                && after.layers().isChildless(file)
                && !after.layers().isActive(layer)
                && after.layers().usersOf(file).isEmpty()
                && after.layers().taggedBy(file).isEmpty()
                && !after.pins().has(file)
                && (inherited || after.layers().ownerOf(file).isEmpty());
    }
}
