package io.snapledger.command.model;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What each snapshot must read and what the disks hold next, told from what was asked for and from nothing that a host
 * did. {@code C} is the content of a disk.
 */
public final class Expected<C> {
    private final Map<SnapshotName, Map<DiskTarget, C>> held = new TreeMap<>();
    private final Map<OperationId, Map<SnapshotName, Map<DiskTarget, C>>> aside = new HashMap<>();
    private final Map<OperationId, Map<DiskTarget, C>> beforeRevert = new HashMap<>();

    /** What each living snapshot holds of each disk that it has. */
    public Map<SnapshotName, Map<DiskTarget, C>> held() {
        return Map.copyOf(held);
    }

    public Map<DiskTarget, C> of(SnapshotName snapshot) {
        return held.getOrDefault(snapshot, Map.of());
    }

    /** Takes note of what is decided without any work of a host. */
    public void decided(DomainEvent event) {
        switch (event) {
            case DeletionDeferred e -> putAside(e.operation(), e.snapshots());
            case DeletionUndone e -> back(e.undone());
            case SnapshotsForgotten e -> e.snapshots().forEach(held::remove);
            case DomainEvent _ -> {}
        }
    }

    /**
     * What the disks hold when the operation has succeeded. A disk that a revert did not touch goes back to its layer of
     * then, with what was written there since.
     *
     * @param state in which it was opened
     * @param before what the disks hold while it is opened
     * @param leaf what a layer holds on which nothing lies
     */
    public Map<DiskTarget, C> after(
            Opening opening, DomainState state, Map<DiskTarget, C> before, Function<HostPath, C> leaf) {
        Map<DiskTarget, C> all = new HashMap<>(before);
        switch (opening) {
            case SnapshotCreationRequested _, DeletionRequested _, MergeRequested _, CollectionRequested _ -> {}
            case UndoRequested e -> {
                e.layers().active().forEach(a -> all.put(a.target(), leaf.apply(a.file())));
                all.putAll(beforeRevert.getOrDefault(e.undone(), Map.of()));
            }
            case BranchRequested e -> {
                if (e.current()) {
                    all.putAll(branched(e.snapshot()));
                }
            }
            case RevertRequested e -> {
                Snapshot snapshot = state.snapshots().find(e.snapshot()).orElseThrow();
                boolean tip = e.asked().includeSubsequentChanges();
                boolean merged = e.asked().onInvalidated().stream().anyMatch(Revert.OnInvalidated.MERGE::equals);
                all.putAll(tip || merged ? since(state, snapshot, tip, leaf) : of(e.snapshot()));
            }
            case DiscardRequested e -> {
                Map<DiskTarget, C> then = of(e.snapshot());
                e.layers().active().forEach(a -> put(all, a.target(), then));
                e.plan().steps().stream()
                        .filter(Step.RestoreTags.class::isInstance)
                        .flatMap(s -> ((Step.RestoreTags) s).tags().stream())
                        .forEach(t -> put(all, t.target(), then));
            }
        }
        return all;
    }

    private void put(Map<DiskTarget, C> all, DiskTarget target, Map<DiskTarget, C> then) {
        C content = then.get(target);
        if (content == null) {
            throw new AssertionError("disk " + target + " is not in " + then.keySet());
        }
        all.put(target, content);
    }

    /** The disks with all that was written since the snapshot: its tip's, or the end of the one chain on its base. */
    private Map<DiskTarget, C> since(DomainState state, Snapshot snapshot, boolean tip, Function<HostPath, C> leaf) {
        Map<DiskTarget, C> contents = new HashMap<>();
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            HostPath file = tip
                    ? state.layers().tipOf(snapshot.name()).stream()
                            .filter(l -> l.target().equals(disk.target()))
                            .findFirst()
                            .orElseThrow()
                            .file()
                    : state.layers().above(disk.base()).stream()
                            .findFirst()
                            .map(Layer::file)
                            .orElse(disk.base());
            contents.put(disk.target(), leaf.apply(file));
        }
        return contents;
    }

    /** Takes note that the operation succeeded; {@code before} is what the disks held when it was opened. */
    public void succeeded(Opening opening, Map<DiskTarget, C> before) {
        switch (opening) {
            case SnapshotCreationRequested e -> held.put(e.snapshot().name(), presently(e.snapshot(), before));
            case BranchRequested e -> held.put(e.snapshot().name(), branched(e.snapshot()));
            case DeletionRequested e -> e.snapshots().forEach(held::remove);
            case MergeRequested e -> {
                held.remove(e.snapshot());
                e.discarded().forEach(held::remove);
            }
            case RevertRequested e
            when e.pin().isPresent() -> {
                putAside(e.operation(), e.gone());
                Map<DiskTarget, C> changed = new HashMap<>();
                e.layers().active().forEach(a -> put(changed, a.target(), before));
                e.pin().get().undo().forEach(t -> put(changed, t.target(), before));
                beforeRevert.put(e.operation(), changed);
            }
            case RevertRequested e -> e.gone().forEach(held::remove);
            case UndoRequested e -> back(e.undone());
            case CollectionRequested _ -> {}
            case DiscardRequested e -> e.gone().forEach(held::remove);
        }
    }

    /** Takes note of what is left when an operation is given up. */
    public void abandoned(OperationAbandoned event) {
        event.gone().forEach(held::remove);
        for (Snapshot left : event.left()) {
            Map<DiskTarget, C> still = new HashMap<>(of(left.name()));
            left.disks().stream().filter(DiskCapture.None.class::isInstance).forEach(d -> still.remove(d.target()));
            held.put(left.name(), still);
        }
    }

    /** A snapshot that is made holds the disks as they are. */
    private Map<DiskTarget, C> presently(Snapshot snapshot, Map<DiskTarget, C> before) {
        Map<DiskTarget, C> contents = new HashMap<>();
        snapshot.externalDisks().forEach(d -> put(contents, d.target(), before));
        snapshot.internalDisks().forEach(d -> put(contents, d.target(), before));
        return contents;
    }

    /** A branch holds what its branch point holds outside. */
    private Map<DiskTarget, C> branched(Snapshot branch) {
        Map<DiskTarget, C> contents = new HashMap<>();
        Map<DiskTarget, C> point = of(branch.parent().orElseThrow());
        branch.externalDisks().forEach(d -> put(contents, d.target(), point));
        return contents;
    }

    private void putAside(OperationId operation, List<SnapshotName> names) {
        Map<SnapshotName, Map<DiskTarget, C>> kept = new HashMap<>();
        names.forEach(n -> kept.put(n, of(n)));
        names.forEach(held::remove);
        aside.put(operation, kept);
    }

    private void back(OperationId operation) {
        held.putAll(aside.getOrDefault(operation, Map.of()));
    }
}
