package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * The names of a domain's snapshots in their tree. Trees may be thousands of snapshots deep, so that nothing here
 * recurses.
 */
final class SnapshotTree {
    private final SortedMap<SnapshotName, Optional<SnapshotName>> parents;
    private final Map<Optional<SnapshotName>, List<SnapshotName>> children = new HashMap<>();
    private final List<Place> order;

    /** A snapshot in the order in which the tree is drawn. */
    record Place(SnapshotName name, int depth) {}

    SnapshotTree(Map<SnapshotName, Optional<SnapshotName>> parents) {
        this.parents = new TreeMap<>(parents);
        this.parents.forEach((name, parent) ->
                children.computeIfAbsent(parent, _ -> new ArrayList<>()).add(name));
        this.order = walk(children(Optional.empty()));
    }

    /** The trees of the domains that have snapshots. */
    static Map<UUID, SnapshotTree> of(DSLContext in, Collection<UUID> domains, Validity validity) {
        Map<UUID, Map<SnapshotName, Optional<SnapshotName>>> parents = new HashMap<>();
        in.select(SNAPSHOT.DOMAIN, SNAPSHOT.NAME, SNAPSHOT.PARENT)
                .from(SNAPSHOT)
                .where(SNAPSHOT.DOMAIN.in(domains).and(validity.holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION)))
                .forEach(r -> parents.computeIfAbsent(r.value1(), _ -> new HashMap<>())
                        .put(
                                new SnapshotName(r.value2()),
                                Optional.ofNullable(r.value3()).map(SnapshotName::new)));
        Map<UUID, SnapshotTree> trees = new HashMap<>();
        parents.forEach((domain, names) -> trees.put(domain, new SnapshotTree(names)));
        return trees;
    }

    /** By name. */
    List<SnapshotName> children(Optional<SnapshotName> of) {
        return children.getOrDefault(of, List.of());
    }

    /** Every snapshot before its children, siblings by name. */
    List<Place> order() {
        return order;
    }

    /** The snapshot itself and all below, in that order; it is at depth 0. */
    List<Place> from(SnapshotName start) {
        return walk(List.of(start));
    }

    Optional<SnapshotName> parent(SnapshotName of) {
        return parents.getOrDefault(of, Optional.empty());
    }

    /** All below, children first, without the snapshot itself. */
    List<SnapshotName> below(SnapshotName of) {
        return walk(children(Optional.of(of))).stream().map(Place::name).toList();
    }

    /** How many lie below each snapshot. */
    Map<SnapshotName, Integer> descendants() {
        Map<SnapshotName, Integer> counts = new HashMap<>();
        for (Place place : order.reversed()) {
            int own = counts.computeIfAbsent(place.name(), _ -> 0);
            parent(place.name()).ifPresent(p -> counts.merge(p, own + 1, Integer::sum));
        }
        return counts;
    }

    /** How far each snapshot is below its root. */
    Map<SnapshotName, Integer> depths() {
        Map<SnapshotName, Integer> depths = new HashMap<>();
        order.forEach(place -> depths.put(place.name(), place.depth()));
        return depths;
    }

    private List<Place> walk(List<SnapshotName> from) {
        List<Place> walked = new ArrayList<>();
        Deque<Place> next = new ArrayDeque<>();
        from.reversed().forEach(n -> next.push(new Place(n, 0)));
        while (!next.isEmpty()) {
            Place place = next.pop();
            walked.add(place);
            children(Optional.of(place.name())).reversed().forEach(n -> next.push(new Place(n, place.depth() + 1)));
        }
        return walked;
    }
}
