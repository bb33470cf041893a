package io.snapledger.query.read;

import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import java.util.Set;

/**
 * Which snapshots of a domain are wanted, and in which order.
 *
 * @param from all of the domain, or only those below one snapshot: its children, or all its descendants
 * @param topological every snapshot before its children, else by name
 */
public record SnapshotQuestion(
        Set<SnapshotFilter> filters,
        Start from,
        boolean descendants,
        Optional<SnapshotName> name,
        boolean topological,
        int limit,
        Optional<String> cursor,
        AsOf asOf) {
    /** @throws BadQuestionException when the parts do not go together */
    public SnapshotQuestion {
        filters = Set.copyOf(filters);
        boolean everywhere = from instanceof Start.Everywhere;
        if (descendants && everywhere) {
            throw new BadQuestionException(
                    "descendants is given without from; say below which snapshot, as from=NAME or with current");
        }
        if (filters.contains(SnapshotFilter.ROOTS) && !everywhere) {
            throw new BadQuestionException("roots is given together with "
                    + (from instanceof Start.Current ? "current" : "from")
                    + ", and nothing below a snapshot is a root; leave one of them out");
        }
    }
}
