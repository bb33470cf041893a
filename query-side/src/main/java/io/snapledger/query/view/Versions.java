package io.snapledger.query.view;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.TableRecord;

/**
 * Rows that say for which part of the log they hold, as one batch of entries reads and changes them. Rows are read when
 * they are needed, changed here, and written by {@link #flush(DSLContext)} in as few statements as there are tables. A change at a
 * position ends the version that held before and begins another; nothing is overwritten.
 */
abstract class Versions<K, R> {
    private final Map<K, History<K, R>> touched = new LinkedHashMap<>();

    /** A row that holds from a position on. */
    record Living<R>(long from, R row) {}

    private record Version<R>(long from, Optional<Long> to, R row) {}

    private static final class History<K, R> {
        private final K key;
        private final Optional<Living<R>> stored;
        private Optional<Long> storedEnds = Optional.empty();
        private final List<Version<R>> made = new ArrayList<>();

        History(K key, Optional<Living<R>> stored) {
            this.key = key;
            this.stored = stored;
        }

        Optional<R> now() {
            if (!made.isEmpty() && made.getLast().to().isEmpty()) {
                return Optional.of(made.getLast().row());
            }
            return stored.filter(_ -> storedEnds.isEmpty()).map(Living::row);
        }

        void end(long position) {
            if (!made.isEmpty() && made.getLast().to().isEmpty()) {
                Version<R> last = made.removeLast();
                if (last.from() < position) {
                    made.add(new Version<>(last.from(), Optional.of(position), last.row()));
                }
            } else if (stored.isPresent() && storedEnds.isEmpty()) {
                storedEnds = Optional.of(position);
            }
        }
    }

    abstract K keyOf(R row);

    /** The living rows for which the condition holds. */
    abstract List<Living<R>> load(Condition condition);

    abstract Condition is(K key);

    abstract TableRecord<?> stored(long from, Optional<Long> to, R row);

    /** Ends one stored version; its parameters are as {@link #parameters} gives them. */
    abstract Query end();

    /** Where the version ends, whose it is, and where it began. */
    abstract Object[] parameters(K key, long from, long to);

    final Optional<R> find(K key) {
        return history(key).now();
    }

    /** @throws IllegalStateException when there is no such row: the log speaks of what it never told */
    final R get(K key) {
        return find(key).orElseThrow(() -> new IllegalStateException("nothing is known of " + key));
    }

    /** The rows for which both hold: the condition of what is stored, the predicate of what was changed since. */
    final List<R> select(Condition condition, Predicate<R> predicate) {
        fetch(condition);
        return among(predicate);
    }

    /** Reads the rows for which the condition holds, unless they were read or changed before. */
    final void fetch(Condition condition) {
        for (Living<R> found : load(condition)) {
            K key = keyOf(found.row());
            touched.computeIfAbsent(key, k -> new History<>(k, Optional.of(found)));
        }
    }

    /** The rows for which the predicate holds among those that were read or changed. */
    final List<R> among(Predicate<R> predicate) {
        return touched.values().stream()
                .flatMap(h -> h.now().stream())
                .filter(predicate)
                .toList();
    }

    final void put(long position, R row) {
        History<K, R> history = history(keyOf(row));
        if (Objects.equals(history.now(), Optional.of(row))) {
            return;
        }
        history.end(position);
        history.made.add(new Version<>(position, Optional.empty(), row));
    }

    /**
     * A row that is new by what the log promises: nothing is read. Where the promise is broken the database refuses it.
     */
    final void add(long position, R row) {
        K key = keyOf(row);
        touched.computeIfAbsent(key, k -> new History<>(k, Optional.empty()));
        put(position, row);
    }

    /** A row that a batch changed: as it was stored before, and as it is now. */
    record Change<R>(Optional<R> before, Optional<R> after) {}

    /** All that was read or changed, until it is flushed. */
    final Stream<Change<R>> changes() {
        return touched.values().stream().map(h -> new Change<>(h.stored.map(Living::row), h.now()));
    }

    /** The row as it is, or as this batch saw it last. */
    final Optional<R> lastSeen(K key) {
        History<K, R> history = history(key);
        return history.made.isEmpty()
                ? history.stored.map(Living::row)
                : Optional.of(history.made.getLast().row());
    }

    final void remove(long position, K key) {
        history(key).end(position);
    }

    final void flush(DSLContext sql) {
        List<Object[]> ends = new ArrayList<>();
        List<TableRecord<?>> inserts = new ArrayList<>();
        for (History<K, R> history : touched.values()) {
            history.storedEnds.ifPresent(to -> ends.add(
                    parameters(history.key, history.stored.orElseThrow().from(), to)));
            history.made.forEach(v -> inserts.add(stored(v.from(), v.to(), v.row())));
        }
        if (!ends.isEmpty()) {
            sql.batch(end(), ends.toArray(Object[][]::new)).execute();
        }
        sql.batchInsert(inserts).execute();
        touched.clear();
    }

    private History<K, R> history(K key) {
        return touched.computeIfAbsent(
                key, k -> new History<>(k, load(is(k)).stream().findFirst()));
    }
}
