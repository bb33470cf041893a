package io.snapledger.query.read;

import io.snapledger.schema.query.SnapshotFilter;
import java.util.Optional;

/**
 * Which snapshots of a domain are wanted, and in which order.
 *
 * @param from all of the domain, or only those below one snapshot: its children, or all its descendants
 * @param topological every snapshot before its children
 * @param sort by name unless told
 */
public record SnapshotQuestion(
        SnapshotSearch search,
        Start from,
        boolean descendants,
        boolean topological,
        Optional<Sort> sort,
        int limit,
        Optional<String> cursor,
        AsOf asOf) {
    /** @throws BadQuestionException when the parts do not go together */
    public SnapshotQuestion {
        boolean everywhere = from instanceof Start.Everywhere;
        if (descendants && everywhere) {
            throw new BadQuestionException(
                    "descendants is given without from; say below which snapshot, as from=NAME or with current");
        }
        if (search.filters().contains(SnapshotFilter.ROOTS) && !everywhere) {
            throw new BadQuestionException("roots is given together with "
                    + (from instanceof Start.Current ? "current" : "from")
                    + ", and nothing below a snapshot is a root; leave one of them out");
        }
        if (topological && sort.isPresent()) {
            throw new BadQuestionException("topological and sort=" + sort.get().word()
                    + " are given together, and each is an order; give one");
        }
    }

    /** What a cursor belongs to. */
    String asked(String domain) {
        Asked asked = new Asked().with("domain", domain);
        search.into(asked);
        switch (from) {
            case Start.Everywhere _ -> {}
            case Start.At at -> asked.with("from", at.name());
            case Start.Current _ -> asked.flag("current", true);
        }
        return asked.flag("descendants", descendants)
                .flag("topological", topological)
                .with("sort", sort.map(Sort::word))
                .with(asOf)
                .text();
    }
}
