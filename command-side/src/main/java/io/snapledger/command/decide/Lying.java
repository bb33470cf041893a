package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whose states and whose work lie on a base, asked before it is written or what lies on it is given up. */
final class Lying {
    private Lying() {}

    /** The snapshots that have their state in one of the layers, and those named; the deepest first. */
    static List<Snapshot> states(Situation situation, Collection<Layer> layers, Set<SnapshotName> named) {
        Set<SnapshotName> names = new TreeSet<>(named);
        layers.forEach(l -> {
            names.addAll(situation.layers().usersOf(l.file()));
            names.addAll(situation.layers().taggedBy(l.file()));
        });
        List<Snapshot> found = new ArrayList<>();
        Set<SnapshotName> seen = new HashSet<>();
        names.removeIf(n -> !situation.state().snapshots().has(n));
        for (SnapshotName name : names) {
            for (Snapshot beneath : situation.state().snapshots().descendantsOf(name)) {
                if (names.contains(beneath.name()) && seen.add(beneath.name())) {
                    found.add(beneath);
                }
            }
            if (seen.add(name)) {
                found.add(situation.snapshot(name));
            }
        }
        return found;
    }

    /**
     * The layers on the base, when each carries one at most and the base is the state of no other snapshot.
     *
     * @throws RejectedException {@code wouldInvalidate} with what stands in the way
     */
    static List<Layer> onlyChainOn(Situation situation, Snapshot snapshot, HostPath base) {
        LayerGraph graph = situation.layers();
        Set<SnapshotName> others = new TreeSet<>(graph.usersOf(base));
        others.remove(snapshot.name());
        List<Layer> chain = graph.above(base);
        List<Layer> inTheWay = new ArrayList<>();
        graph.find(base).filter(l -> l.origin() == Layer.Origin.RELEASED).ifPresent(inTheWay::add);
        if (graph.childCount(base) > 1) {
            inTheWay.addAll(graph.childrenOf(base));
        }
        for (Layer layer : chain) {
            if (graph.childCount(layer.file()) > 1) {
                inTheWay.addAll(graph.childrenOf(layer.file()));
            }
            if (layer.origin() == Layer.Origin.RELEASED || holdsUsersTag(situation, layer)) {
                inTheWay.add(layer);
            }
        }
        if (!others.isEmpty() || !inTheWay.isEmpty()) {
            String also = others.isEmpty() ? "" : base + " is also the state of " + quoted(others) + "; ";
            throw wouldInvalidate(
                    situation,
                    "the changes since \"" + snapshot.name() + "\" cannot be folded into " + base + ": " + also,
                    inTheWay,
                    Set.of(snapshot.name()));
        }
        return chain;
    }

    /** Whether a tag is in it that was left to the user when its snapshot's record went. */
    static boolean holdsUsersTag(Situation situation, Layer layer) {
        return situation.layers().taggedBy(layer.file()).stream()
                .anyMatch(t -> !situation.state().snapshots().has(t));
    }

    /** Names the layers in the way, whose work they are, and what would work. */
    static RejectedException wouldInvalidate(
            Situation situation, String what, List<Layer> inTheWay, Set<SnapshotName> but) {
        Set<SnapshotName> snapshots = new TreeSet<>();
        for (Layer layer : inTheWay) {
            snapshots.addAll(situation.layers().usersOf(layer.file()));
            snapshots.addAll(situation.layers().taggedBy(layer.file()));
            situation.layers().ownerOf(layer.file()).ifPresent(snapshots::add);
        }
        snapshots.removeAll(but);
        return new RejectedException(new Rejection(
                RejectionCode.WOULD_INVALIDATE,
                what + inTheWay.size() + " layers lie there, the work of "
                        + (snapshots.isEmpty() ? "no other snapshot" : quoted(snapshots))
                        + "; delete or merge what lies there first",
                new Rejection.Details(
                        Optional.of(List.copyOf(snapshots)),
                        Optional.of(
                                inTheWay.stream().map(Layer::file).distinct().toList()),
                        Optional.empty(),
                        Optional.empty())));
    }

    static String quoted(Collection<SnapshotName> names) {
        return names.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", "));
    }
}
