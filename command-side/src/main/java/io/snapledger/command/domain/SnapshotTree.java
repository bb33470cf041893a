package io.snapledger.command.domain;

import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * The snapshots of a domain: who came from whom, which one is current, which are being consumed by a commit, and which one
 * that was cancelled has spoilt for good. It says nothing about files; that is {@link LayerGraph}'s.
 */
public final class SnapshotTree {
    static final SnapshotTree EMPTY = new SnapshotTree(
            HashTreePMap.empty(), HashTreePMap.empty(), HashTreePSet.empty(), HashTreePSet.empty(), Optional.empty());

    private final PMap<SnapshotName, Snapshot> byName;
    private final PMap<SnapshotName, PSet<SnapshotName>> children;
    private final PSet<SnapshotName> consumed;
    private final PSet<SnapshotName> spoilt;
    private final Optional<SnapshotName> current;

    private SnapshotTree(
            PMap<SnapshotName, Snapshot> byName,
            PMap<SnapshotName, PSet<SnapshotName>> children,
            PSet<SnapshotName> consumed,
            PSet<SnapshotName> spoilt,
            Optional<SnapshotName> current) {
        this.byName = byName;
        this.children = children;
        this.consumed = consumed;
        this.spoilt = spoilt;
        this.current = current;
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    public int size() {
        return byName.size();
    }

    public boolean has(SnapshotName name) {
        return byName.containsKey(name);
    }

    public Optional<Snapshot> find(SnapshotName name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** All of them, in no particular order. */
    public Collection<Snapshot> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    public Set<SnapshotName> childrenOf(SnapshotName name) {
        return Collections.unmodifiableSet(childSet(name));
    }

    /** The snapshots above it, its parent first. */
    public List<SnapshotName> ancestorsOf(SnapshotName name) {
        List<SnapshotName> found = new ArrayList<>();
        Optional<SnapshotName> next = existing(name).parent();
        while (next.isPresent()) {
            found.add(next.get());
            next = existing(next.get()).parent();
        }
        return found;
    }

    /** The snapshots beneath it, each after its own children; without it itself. */
    public List<Snapshot> descendantsOf(SnapshotName name) {
        List<Snapshot> found = new ArrayList<>();
        Deque<SnapshotName> open = new ArrayDeque<>(sorted(name));
        while (!open.isEmpty()) {
            SnapshotName next = open.pop();
            found.add(existing(next));
            sorted(next).forEach(open::push);
        }
        return found.reversed();
    }

    private List<SnapshotName> sorted(SnapshotName parent) {
        return childSet(parent).stream().sorted().toList();
    }

    public Optional<SnapshotName> current() {
        return current;
    }

    /** Whether a commit has begun, or will, to overwrite its state: it can only be merged or deleted. */
    public boolean isConsumed(SnapshotName name) {
        return consumed.contains(name) || spoilt.contains(name);
    }

    SnapshotTree with(Snapshot snapshot) {
        if (has(snapshot.name())) {
            throw new IllegalStateException("there is a snapshot " + snapshot.name() + " already");
        }
        snapshot.parent().ifPresent(this::existing);
        return new SnapshotTree(
                byName.plus(snapshot.name(), snapshot),
                snapshot.parent()
                        .map(p -> children.plus(p, childSet(p).plus(snapshot.name())))
                        .orElse(children),
                consumed,
                spoilt,
                current);
    }

    /** The snapshot in place of the one of that name, with the same children, perhaps under another parent. */
    SnapshotTree replaced(Snapshot snapshot) {
        Snapshot before = existing(snapshot.name());
        snapshot.parent().ifPresent(this::existing);
        PMap<SnapshotName, PSet<SnapshotName>> moved = children;
        if (before.parent().isPresent()) {
            SnapshotName parent = before.parent().get();
            moved = moved.plus(parent, childSet(parent).minus(snapshot.name()));
        }
        if (snapshot.parent().isPresent()) {
            SnapshotName parent = snapshot.parent().get();
            moved = moved.plus(
                    parent, moved.getOrDefault(parent, HashTreePSet.empty()).plus(snapshot.name()));
        }
        return new SnapshotTree(byName.plus(snapshot.name(), snapshot), moved, consumed, spoilt, current);
    }

    /** Its children move to its parent, and so does current if it was that. */
    SnapshotTree without(SnapshotName name) {
        Snapshot gone = existing(name);
        PMap<SnapshotName, Snapshot> rest = byName.minus(name);
        for (SnapshotName child : childSet(name)) {
            rest = rest.plus(child, existing(child).withParent(gone.parent()));
        }
        PMap<SnapshotName, PSet<SnapshotName>> moved = children.minus(name);
        if (gone.parent().isPresent()) {
            SnapshotName parent = gone.parent().get();
            moved = moved.plus(parent, childSet(parent).minus(name).plusAll(childSet(name)));
        }
        return new SnapshotTree(
                rest,
                moved,
                consumed.minus(name),
                spoilt.minus(name),
                current.equals(Optional.of(name)) ? gone.parent() : current);
    }

    SnapshotTree withCurrent(SnapshotName name) {
        existing(name);
        return new SnapshotTree(byName, children, consumed, spoilt, Optional.of(name));
    }

    SnapshotTree withNoneCurrent() {
        return new SnapshotTree(byName, children, consumed, spoilt, Optional.empty());
    }

    SnapshotTree withConsumed(List<SnapshotName> names) {
        names.forEach(this::existing);
        return new SnapshotTree(byName, children, consumed.plusAll(names), spoilt, current);
    }

    /** No commit goes on; what an earlier one spoilt stays so. */
    SnapshotTree withNoneConsumed() {
        return new SnapshotTree(byName, children, HashTreePSet.empty(), spoilt, current);
    }

    /** A commit was cancelled when it had begun to overwrite their states. */
    SnapshotTree withSpoilt(List<SnapshotName> names) {
        names.forEach(this::existing);
        return new SnapshotTree(byName, children, consumed, spoilt.plusAll(names), current);
    }

    SnapshotTree changed(SnapshotName name, UnaryOperator<Snapshot> change) {
        return new SnapshotTree(byName.plus(name, change.apply(existing(name))), children, consumed, spoilt, current);
    }

    Snapshot existing(SnapshotName name) {
        Snapshot snapshot = byName.get(name);
        if (snapshot == null) {
            throw new IllegalStateException("there is no snapshot " + name);
        }
        return snapshot;
    }

    private PSet<SnapshotName> childSet(SnapshotName name) {
        return children.getOrDefault(name, HashTreePSet.empty());
    }
}
