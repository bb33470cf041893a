package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jooq.Field;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/**
 * What rows of snapshots are sorted by, as the indexes have it, and how it stands in a cursor.
 */
record SortKey<T>(Field<T> field, Function<String, T> parse) {
    private static final String LARGEST = "9223372036854775807";
    private static final String SMALLEST = "-1";

    /** The depth is not in the rows themselves. */
    static SortKey<?> of(Sort sort) {
        return of(sort, DSL.inline(0));
    }

    static SortKey<?> of(Sort sort, Field<Integer> depth) {
        return switch (sort.by()) {
            case CREATED_AT -> new SortKey<>(SNAPSHOT.CREATED_AT, Instant::parse);
            case NAME -> new SortKey<>(SNAPSHOT.NAME, Function.identity());
            case SIZE -> new SortKey<>(size(sort.descending() ? SMALLEST : LARGEST), Long::valueOf);
            case DEPTH -> new SortKey<>(depth, Integer::valueOf);
        };
    }

    private static Field<Long> size(String unknown) {
        return DSL.field("coalesce({0}, {1})", Long.class, SNAPSHOT.SIZE, DSL.raw(unknown));
    }

    /** @throws BadQuestionException when it is not what a cursor of this order holds */
    T read(String text, Cursor cursor) {
        try {
            return parse.apply(text);
        } catch (NumberFormatException | DateTimeParseException e) {
            throw cursor.notAKey("what it sorts by");
        }
    }

    static List<SortField<?>> order(Sort sort, Field<?>... fields) {
        return Arrays.stream(fields)
                .<SortField<?>>map(f -> sort.descending() ? f.desc() : f.asc())
                .toList();
    }
}
