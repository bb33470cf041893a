package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * Which snapshots are wanted; what is absent does not restrict.
 *
 * @param text somewhere in the name or the description, in capitals or not
 * @param actor who had it created
 */
public record SnapshotSearch(
        Set<SnapshotFilter> filters, Optional<SnapshotName> name, Optional<String> text, Optional<String> actor) {
    public static final SnapshotSearch ALL =
            new SnapshotSearch(Set.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public SnapshotSearch {
        filters = Set.copyOf(filters);
    }

    /** All of them that pass the filters. */
    public static SnapshotSearch of(Set<SnapshotFilter> filters) {
        return new SnapshotSearch(filters, Optional.empty(), Optional.empty(), Optional.empty());
    }

    Condition condition() {
        return FilterConditions.all(filters)
                .and(name.map(n -> SNAPSHOT.NAME.eq(n.value())).orElseGet(DSL::noCondition))
                .and(text.map(SnapshotSearch::holding).orElseGet(DSL::noCondition))
                .and(actor.map(a -> Prefixes.are(SNAPSHOT.ACTOR, a)).orElseGet(DSL::noCondition));
    }

    /** As the index of the trigrams has it. */
    private static Condition holding(String text) {
        String pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
        return DSL.condition(
                "({0} collate \"default\" || ' ' || coalesce({1}, '')) ilike {2}",
                SNAPSHOT.NAME, SNAPSHOT.DESCRIPTION, DSL.val(pattern));
    }

    void into(Asked asked) {
        Asked _ = asked.with(filters).with("name", name).with("q", text).with("actor", actor);
    }
}
