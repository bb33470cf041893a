package io.snapledger.command.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;

/** The snapshots and layers when an operation was given up. */
record GivenUp(SnapshotTree tree, LayerGraph graph) {

    static GivenUp after(SnapshotTree before, LayerGraph layers, OperationAbandoned event) {
        SnapshotTree tree = before.withNoneConsumed();
        LayerGraph graph = layers;
        for (Snapshot left : event.left()) {
            graph = graph.released(tree.existing(left.name())).held(left);
            tree = tree.replaced(left);
        }
        for (SnapshotName name : event.gone()) {
            graph = graph.released(tree.existing(name));
        }
        tree = DomainState.renamed(tree, graph, event.layers().folded());
        graph = graph.after(event.layers());
        for (SnapshotName name : event.gone()) {
            graph = graph.inherited(name, tree.existing(name).parent());
            tree = tree.without(name);
        }
        for (HostPath file : event.leftovers()) {
            graph = graph.left(file);
        }
        tree = event.current().map(tree::withCurrent).orElse(tree.withNoneCurrent());
        return new GivenUp(tree.withSpoilt(event.consumed()), graph.activeOwnedBy(tree.current()));
    }
}
