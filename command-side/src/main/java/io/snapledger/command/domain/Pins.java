package io.snapledger.command.domain;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.snapshot.Restored.Moved;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.pcollections.ConsPStack;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PStack;

/** What operations that can be taken back keep, the newest first. Immutable; asked by file through an index. */
public final class Pins {
    static final Pins NONE = new Pins(ConsPStack.empty(), HashTreePMap.empty());

    private final PStack<Kept> newestFirst;
    private final PMap<HostPath, PSet<OperationId>> byFile;

    private Pins(PStack<Kept> newestFirst, PMap<HostPath, PSet<OperationId>> byFile) {
        this.newestFirst = newestFirst;
        this.byFile = byFile;
    }

    /**
     * What one operation keeps, with what was true before it.
     *
     * @param snapshots that it took out of the tree, each after its parent
     * @param moved the children of those that stayed, with the parent that they had
     * @param owners whose left tips some layers were
     * @param current which snapshot was current before
     * @param currentAfter which one became so
     * @param left what a revert left; empty for a deletion
     */
    public record Kept(
            OperationId operation,
            Pin pin,
            List<Snapshot> snapshots,
            List<Moved> moved,
            Map<HostPath, SnapshotName> owners,
            Optional<SnapshotName> current,
            Optional<SnapshotName> currentAfter,
            Optional<Left> left) {
        public Kept {
            snapshots = List.copyOf(snapshots);
            moved = List.copyOf(moved);
            owners = Map.copyOf(owners);
        }

        /** The same with each of its snapshots changed. */
        Kept with(UnaryOperator<Snapshot> change) {
            List<Snapshot> changed = snapshots.stream().map(change).toList();
            return new Kept(operation, pin, changed, moved, owners, current, currentAfter, left);
        }

        /** All files that it keeps, as they are or for a tag in them. */
        public Set<HostPath> files() {
            Set<HostPath> all = new LinkedHashSet<>(pin.files());
            pin.tags().stream().map(t -> t.image().file()).forEach(all::add);
            return all;
        }
    }

    /**
     * What a revert left.
     *
     * @param active the layers that the guest wrote before it
     * @param made the overlays that it made
     */
    public record Left(DomainDefinition definition, RunState runState, List<Active> active, List<HostPath> made) {
        public Left {
            active = List.copyOf(active);
            made = List.copyOf(made);
        }
    }

    public boolean isEmpty() {
        return newestFirst.isEmpty();
    }

    /** The newest first. */
    public List<Kept> all() {
        return newestFirst;
    }

    public Optional<Kept> find(OperationId operation) {
        return newestFirst.stream().filter(k -> k.operation().equals(operation)).findFirst();
    }

    /** Whether the file is kept: its content, or a tag in it. */
    public boolean has(HostPath file) {
        return byFile.containsKey(file);
    }

    /** Whether the file is kept by another operation than those. */
    public boolean hasBut(HostPath file, Collection<OperationId> those) {
        return !those.containsAll(byFile.getOrDefault(file, HashTreePSet.empty()));
    }

    /** Whether the file's content must stay as it is; one with a mere tag may be written. */
    public boolean holdsContentOf(HostPath file) {
        return has(file) && newestFirst.stream().anyMatch(k -> k.pin().files().contains(file));
    }

    /** Those that keep one of the files, the newest first. */
    public List<Kept> on(Collection<HostPath> files) {
        Set<OperationId> found = new LinkedHashSet<>();
        files.forEach(f -> found.addAll(byFile.getOrDefault(f, HashTreePSet.empty())));
        return newestFirst.stream().filter(k -> found.contains(k.operation())).toList();
    }

    Pins with(Kept kept) {
        if (find(kept.operation()).isPresent()) {
            throw new IllegalStateException("operation " + kept.operation() + " is pinned already");
        }
        PMap<HostPath, PSet<OperationId>> index = byFile;
        for (HostPath file : kept.files()) {
            index = index.plus(
                    file, index.getOrDefault(file, HashTreePSet.empty()).plus(kept.operation()));
        }
        return new Pins(newestFirst.plus(kept), index);
    }

    /** With the snapshots changed that are kept for one of the files. */
    Pins changed(Collection<HostPath> files, UnaryOperator<Snapshot> change) {
        PStack<Kept> all = newestFirst;
        for (Kept kept : on(files)) {
            all = all.with(all.indexOf(kept), kept.with(change));
        }
        return new Pins(all, byFile);
    }

    /** @throws IllegalStateException when one is not pinned */
    Pins without(Collection<OperationId> operations) {
        Pins rest = this;
        for (OperationId operation : operations) {
            rest = rest.without(rest.existing(operation));
        }
        return rest;
    }

    Kept existing(OperationId operation) {
        return find(operation)
                .orElseThrow(() -> new IllegalStateException("operation " + operation + " is not pinned"));
    }

    private Pins without(Kept kept) {
        PMap<HostPath, PSet<OperationId>> index = byFile;
        for (HostPath file : kept.files()) {
            PSet<OperationId> others =
                    index.getOrDefault(file, HashTreePSet.empty()).minus(kept.operation());
            index = others.isEmpty() ? index.minus(file) : index.plus(file, others);
        }
        return new Pins(newestFirst.minus(kept), index);
    }
}
