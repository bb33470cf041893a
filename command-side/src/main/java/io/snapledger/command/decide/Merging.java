package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Committing what was written since a snapshot into its base; the snapshot is gone, its parent's own state does not
 * change. Unlike a deletion it is all or nothing: what stands in the way is named.
 */
final class Merging {
    private Merging() {}

    static Decision decide(Situation situation, Merge asked) {
        Snapshot going = situation.snapshot(asked.snapshot());
        try {
            return Decision.of(open(situation, going));
        } catch (RejectedException e) {
            throw asked.force() && e.rejection().code() == RejectionCode.WOULD_INVALIDATE
                    ? new RejectedException(new Rejection(
                            RejectionCode.UNSUPPORTED,
                            "force is not supported yet, and without it: "
                                    + e.rejection().message(),
                            e.rejection().details()))
                    : e;
        }
    }

    static MergeRequested open(Situation situation, Snapshot going) {
        Folding folding = new Folding(situation.layers(), going);
        for (DiskCapture.External disk : going.externalDisks().toList()) {
            folding.fold(onlyOneOn(folding.graph(), disk.base(), going));
        }
        requireOneTip(folding.graph(), going);
        folding.dropMemory(going);
        return new MergeRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(folding.steps()),
                going.name(),
                folding.change());
    }

    private static Layer onlyOneOn(LayerGraph graph, HostPath base, Snapshot going) {
        List<Layer> above = graph.childrenOf(base);
        Set<SnapshotName> users = graph.usersOf(base);
        if (users.isEmpty() && above.size() == 1) {
            return above.getFirst();
        }
        Set<SnapshotName> others = new TreeSet<>(users);
        above.forEach(l ->
                graph.ownerOf(l.file()).filter(o -> !o.equals(going.name())).ifPresent(others::add));
        throw wouldInvalidate(
                "merging \"" + going.name() + "\" would write into " + base + ", which "
                        + (users.isEmpty() ? "" : "is also the state of " + names(users) + " and ")
                        + "has " + above.size() + " layers on it; delete or merge what lies there first: "
                        + names(others),
                others,
                above);
    }

    /** What the snapshot leaves becomes its parent's tip, of which there is one at most; the domain's is active. */
    private static void requireOneTip(LayerGraph graph, Snapshot going) {
        Optional<SnapshotName> parent = going.parent();
        List<Layer> left = graph.tipOf(going.name());
        Map<DiskTarget, List<Layer>> tips = Stream.concat(
                        left.stream(), parent.map(graph::tipOf).stream().flatMap(List::stream))
                .collect(Collectors.groupingBy(Layer::target));
        List<Layer> tooMany = left.stream()
                .map(l -> tips.getOrDefault(l.target(), List.of()))
                .filter(t -> t.size() > 1 || (parent.isEmpty() && !graph.isActive(t.getFirst())))
                .flatMap(List::stream)
                .distinct()
                .toList();
        if (!tooMany.isEmpty()) {
            throw wouldInvalidate(
                    "merging \"" + going.name() + "\" would leave "
                            + parent.map(p -> "snapshot \"" + p + "\"").orElse("the domain")
                            + " with two tips; delete \"" + going.name() + "\" instead",
                    parent.stream().toList(),
                    tooMany);
        }
    }

    private static RejectedException wouldInvalidate(
            String message, Collection<SnapshotName> snapshots, List<Layer> layers) {
        return new RejectedException(new Rejection(
                RejectionCode.WOULD_INVALIDATE,
                message,
                new Rejection.Details(
                        Optional.of(List.copyOf(snapshots)),
                        Optional.of(layers.stream().map(Layer::file).toList()),
                        Optional.empty(),
                        Optional.empty())));
    }

    private static String names(Collection<SnapshotName> names) {
        return names.isEmpty()
                ? "no snapshot"
                : names.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", "));
    }
}
