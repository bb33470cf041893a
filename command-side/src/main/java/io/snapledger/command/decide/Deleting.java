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
        dropLeftTip();
        going.externalDisks().forEach(d -> candidates.add(d.base()));
        while (!candidates.isEmpty()) {
            folding.graph().find(candidates.remove()).ifPresent(this::settle);
        }
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

    private void dropLeftTip() {
        for (Layer tip : situation.layers().leftTipOf(going.name())) {
            if (tip.origin() == Layer.Origin.MADE
                    && folding.graph().usersOf(tip.file()).isEmpty()) {
                drop(tip);
            }
        }
    }

    private void settle(Layer layer) {
        LayerGraph graph = folding.graph();
        if (!graph.usersOf(layer.file()).isEmpty()) {
            return;
        }
        List<Layer> above = graph.childrenOf(layer.file());
        if (above.size() == 1) {
            folding.fold(above.getFirst());
            candidates.add(layer.file());
        } else if (above.isEmpty() && isNobodys(layer)) {
            drop(layer);
        }
    }

    private void drop(Layer layer) {
        folding.drop(layer);
        layer.backing().ifPresent(candidates::add);
    }

    /** A childless layer is kept as the tip of the snapshot that it was active under, unless that has one. */
    private boolean isNobodys(Layer layer) {
        LayerGraph graph = folding.graph();
        if (layer.origin() != Layer.Origin.MADE || graph.isActive(layer)) {
            return false;
        }
        Optional<SnapshotName> owner = graph.ownerOf(layer.file()).filter(o -> !o.equals(going.name()));
        return owner.isEmpty()
                || graph.tipOf(owner.get()).stream()
                        .anyMatch(t -> t.target().equals(layer.target()) && !t.equals(layer));
    }
}
