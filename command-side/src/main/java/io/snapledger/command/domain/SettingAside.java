package io.snapledger.command.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Restored.Moved;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Snapshots that leave the tree while what they refer to stays, and that may come back. */
final class SettingAside {
    private final List<Snapshot> snapshots = new ArrayList<>();
    private final List<Moved> moved = new ArrayList<>();
    private final Map<HostPath, SnapshotName> owners = new HashMap<>();
    private SnapshotTree tree;
    private LayerGraph graph;

    /** @param names each after its children */
    SettingAside(SnapshotTree before, LayerGraph layers, List<SnapshotName> names) {
        tree = before;
        graph = layers;
        Set<SnapshotName> going = new HashSet<>(names);
        for (SnapshotName name : names.reversed()) {
            snapshots.add(before.existing(name));
            before.childrenOf(name).stream()
                    .filter(c -> !going.contains(c))
                    .forEach(c -> moved.add(new Moved(c, name)));
        }
        for (SnapshotName name : names) {
            Snapshot snapshot = tree.existing(name);
            graph = graph.released(snapshot);
            graph.leftTipOf(name).forEach(this::disown);
            graph = graph.inherited(name, snapshot.parent());
            tree = tree.without(name);
        }
    }

    /** The layers that are nobody's tip from now on. */
    void disown(Layer layer) {
        graph.ownerOf(layer.file()).ifPresent(owner -> {
            owners.put(layer.file(), owner);
            graph = graph.ownedBy(Optional.empty(), layer.file());
        });
    }

    SnapshotTree tree() {
        return tree;
    }

    LayerGraph graph() {
        return graph;
    }

    List<Snapshot> snapshots() {
        return snapshots;
    }

    List<Moved> moved() {
        return moved;
    }

    Map<HostPath, SnapshotName> owners() {
        return owners;
    }

    static SnapshotTree back(SnapshotTree without, Restored restored) {
        SnapshotTree tree = without;
        for (Snapshot snapshot : restored.snapshots()) {
            tree = tree.with(snapshot);
        }
        for (Moved moved : restored.moved()) {
            tree = tree.replaced(tree.existing(moved.snapshot()).withParent(Optional.of(moved.parent())));
        }
        return restored.current().map(tree::withCurrent).orElse(tree.withNoneCurrent());
    }

    /** @param tree as it is again: what one that is gone for good owned stays nobody's */
    static LayerGraph back(
            LayerGraph without, SnapshotTree tree, Restored restored, Map<HostPath, SnapshotName> owners) {
        LayerGraph graph = without;
        for (Snapshot snapshot : restored.snapshots()) {
            graph = graph.held(snapshot);
        }
        for (Map.Entry<HostPath, SnapshotName> owner : owners.entrySet()) {
            if (graph.has(owner.getKey()) && tree.has(owner.getValue())) {
                graph = graph.ownedBy(Optional.of(owner.getValue()), owner.getKey());
            }
        }
        return graph;
    }
}
