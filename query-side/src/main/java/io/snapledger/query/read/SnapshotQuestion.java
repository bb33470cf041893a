package io.snapledger.query.read;

import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import java.util.Set;

/**
 * Which snapshots of a domain are wanted, and in which order.
 *
 * @param from only those below this one: its children, or all its descendants
 * @param topological every snapshot before its children, else by name
 */
public record SnapshotQuestion(
        Set<SnapshotFilter> filters,
        Optional<SnapshotName> from,
        boolean descendants,
        Optional<SnapshotName> name,
        boolean topological,
        int limit,
        Optional<String> cursor,
        AsOf asOf) {
    /** @throws BadQuestionException when the parts do not go together */
    public SnapshotQuestion {
        filters = Set.copyOf(filters);
        if (descendants && from.isEmpty()) {
            throw new BadQuestionException("descendants is given without from; say below which snapshot, as from=NAME");
        }
        if (filters.contains(SnapshotFilter.ROOTS) && from.isPresent()) {
            throw new BadQuestionException("roots and from are given together, and nothing below a snapshot is a root; "
                    + "leave one of them out");
        }
    }
}
