package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Taking one snapshot's boundary away. Its left tip goes. A base that nobody has as a state any more is folded with the one
 * layer on it; with several layers on it, it stays, and is folded by the deletion that leaves one. What the guest or
 * another snapshot reads never changes.
 */
final class Deleting {
    private final Situation situation;
    private final Snapshot going;
    private final Folding folding;
    private final Deque<HostPath> candidates = new ArrayDeque<>();

    private Deleting(Situation situation, Snapshot going) {
        this.situation = situation;
        this.going = going;
        this.folding = new Folding(situation.layers(), going);
    }

    static Decision decide(Situation situation, Delete asked) {
        asked.scope().filter(s -> s != Delete.Scope.ONE).ifPresent(_ -> {
            throw unsupported("scope is not supported yet but for one; delete the snapshots one by one, leaves first");
        });
        if (asked.metadataOnly()) {
            throw unsupported("metadataOnly is not supported yet; leave it out to fold the snapshot's files");
        }
        return Decision.of(open(situation, situation.snapshot(asked.snapshot())));
    }

    static DeletionRequested open(Situation situation, Snapshot going) {
        return new Deleting(situation, going).plan();
    }

    private DeletionRequested plan() {
        dropUnreferenced();
        foldDown();
        folding.dropMemory(going);
        List<SnapshotName> names = List.of(going.name());
        return new DeletionRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(folding.steps()),
                names,
                folding.foldsAnything() ? names : List.of(),
                folding.change());
    }

    /** The snapshot's left tip goes, and what only it or the snapshot referred to. */
    private void dropUnreferenced() {
        folding.graph().leftTipOf(going.name()).forEach(l -> candidates.add(l.file()));
        going.externalDisks().forEach(d -> candidates.add(d.base()));
        while (!candidates.isEmpty()) {
            folding.graph().find(candidates.remove()).filter(this::isNobodys).ifPresent(this::drop);
        }
    }

    /** Wherever one layer is left on one that is nobody's state, also if an earlier operation left it so. */
    private void foldDown() {
        for (Layer base : folding.graph().unused()) {
            while (folds(base)) {
                folding.fold(folding.graph().childrenOf(base.file()).getFirst());
            }
        }
    }

    private boolean folds(Layer base) {
        LayerGraph graph = folding.graph();
        return graph.find(base.file()).isPresent()
                && graph.usersOf(base.file()).isEmpty()
                && graph.childrenOf(base.file()).size() == 1;
    }

    private void drop(Layer layer) {
        folding.drop(layer);
        layer.backing().ifPresent(candidates::add);
    }

    /** A childless layer is kept as the tip of the snapshot that it was active under, unless that has one. */
    private boolean isNobodys(Layer layer) {
        LayerGraph graph = folding.graph();
        if (layer.origin() != Layer.Origin.MADE
                || graph.isActive(layer)
                || !graph.isChildless(layer.file())
                || !graph.usersOf(layer.file()).isEmpty()) {
            return false;
        }
        Optional<SnapshotName> owner = graph.ownerOf(layer.file()).filter(o -> !o.equals(going.name()));
        return owner.isEmpty()
                || graph.tipOf(owner.get()).stream()
                        .anyMatch(t -> t.target().equals(layer.target()) && !t.equals(layer));
    }
}
