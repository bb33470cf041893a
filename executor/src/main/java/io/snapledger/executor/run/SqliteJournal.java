package io.snapledger.executor.run;

import static io.snapledger.executor.run.Sqlite.list;
import static io.snapledger.executor.run.Sqlite.single;
import static io.snapledger.executor.run.Sqlite.update;

import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The journal in an SQLite database, every transaction on stable storage before its method returns. Beside what the runner
 * needs it holds the orders, the domains, the place in the topic and the epoch. One process at a time can open it.
 */
public final class SqliteJournal implements Journal, AutoCloseable {
    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS epoch (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL)",
            "CREATE TABLE IF NOT EXISTS place (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,"
                    + " PRIMARY KEY (topic, partition))",
            "CREATE TABLE IF NOT EXISTS domain (id TEXT PRIMARY KEY, definition TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS orders (operation TEXT NOT NULL, attempt INTEGER NOT NULL, domain TEXT NOT NULL,"
                    + " type TEXT NOT NULL, work TEXT NOT NULL, cause TEXT NOT NULL, traceparent TEXT, result TEXT,"
                    + " reported INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (operation, attempt))",
            "CREATE TABLE IF NOT EXISTS step (operation TEXT NOT NULL, attempt INTEGER NOT NULL, step INTEGER NOT NULL,"
                    + " before TEXT, outcome TEXT, PRIMARY KEY (operation, attempt, step))",
            "CREATE TABLE IF NOT EXISTS made (operation TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (operation, file))",
            "CREATE TABLE IF NOT EXISTS switch_over (top TEXT PRIMARY KEY, base TEXT NOT NULL, operation TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS taken_in (domain TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (domain, file))",
            "CREATE TABLE IF NOT EXISTS released (domain TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (domain, file))",
            "CREATE TABLE IF NOT EXISTS left_paused (domain TEXT PRIMARY KEY, before TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS left_frozen (domain TEXT PRIMARY KEY)",
            "CREATE TABLE IF NOT EXISTS ended (operation TEXT PRIMARY KEY, seen INTEGER NOT NULL)",
            "CREATE TABLE IF NOT EXISTS to_cancel (operation TEXT PRIMARY KEY)",
            "CREATE TABLE IF NOT EXISTS abandoned (operation TEXT PRIMARY KEY)");

    /** As long as the ledger knows what it has answered, so that no repeat can come later. */
    private static final Duration KEPT = Duration.ofDays(30);

    /**
     * The last attempt has been reported and leaves nothing to do; one that failed is followed by another, unless the
     * operation was given up.
     */
    private static final String ENDED = "SELECT operation FROM orders GROUP BY operation"
            + " HAVING min(reported) = 1 AND max(CASE WHEN json_extract(result, '$.result') = 'failed' THEN attempt ELSE 0 END)"
            + " < max(attempt) OR operation IN (SELECT operation FROM abandoned)";

    private final HostLock lock;
    private final Sqlite database;

    private SqliteJournal(HostLock lock, Sqlite database) {
        this.lock = lock;
        this.database = database;
    }

    /** @throws JournalException when the folder cannot be written or another executor has it open */
    public static SqliteJournal open(Path folder) {
        HostLock lock = locked(folder);
        try {
            return new SqliteJournal(lock, Sqlite.open(folder.resolve("journal.db"), SCHEMA));
        } catch (SQLException | IOException e) {
            try {
                lock.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw new JournalException("the journal in " + folder + " cannot be opened", e);
        }
    }

    private static HostLock locked(Path folder) {
        try {
            return HostLock.take(PrivateFiles.folder(folder).resolve("journal.lock"), "the journal in " + folder);
        } catch (HostLock.TakenException e) {
            throw new JournalException(e.reason(), e);
        } catch (IOException e) {
            throw new JournalException("the journal in " + folder + " cannot be locked", e);
        }
    }

    /**
     * The number of a start of the executor: higher than that of each start before, and by the clock, so that also one
     * with a journal of its own that begins later has a higher one.
     */
    public long nextEpoch(InstantSource clock) {
        return database.write("count the start", c -> {
            update(
                    c,
                    "INSERT INTO epoch VALUES (1, ?) ON CONFLICT (one) DO UPDATE"
                            + " SET value = max(value + 1, excluded.value)",
                    clock.millis());
            return single(c, "SELECT value FROM epoch", r -> r.getLong(1)).orElseThrow();
        });
    }

    /**
     * What is known of operations that ended long ago is forgotten. When it is first seen that one has ended its time
     * begins.
     */
    public void prune(InstantSource clock) {
        database.write("forget what ended long ago", c -> {
            update(c, "DELETE FROM ended WHERE operation NOT IN (" + ENDED + ")");
            update(
                    c,
                    "INSERT INTO ended SELECT operation, ? FROM (" + ENDED + ") WHERE true ON CONFLICT DO NOTHING",
                    clock.millis());
            long before = clock.millis() - KEPT.toMillis();
            update(
                    c,
                    "INSERT INTO taken_in SELECT DISTINCT o.domain, m.file FROM made m"
                            + " JOIN orders o ON o.operation = m.operation"
                            + " WHERE m.operation IN (SELECT operation FROM ended WHERE seen < ?)"
                            + " ON CONFLICT DO NOTHING",
                    before);
            for (String table : List.of("step", "made", "to_cancel", "abandoned", "orders")) {
                update(
                        c,
                        "DELETE FROM " + table + " WHERE operation IN (SELECT operation FROM ended WHERE seen < ?)",
                        before);
            }
            return update(c, "DELETE FROM ended WHERE seen < ?", before);
        });
    }

    /** The offset of the next record to read; empty when none was read. */
    public OptionalLong place(String topic, int partition) {
        Optional<Long> next = database.write(
                "read the place in " + topic,
                c -> single(
                        c,
                        "SELECT next FROM place WHERE topic = ? AND partition = ?",
                        r -> r.getLong(1),
                        topic,
                        partition));
        return next.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** How far a topic has been read. */
    public record Place(String topic, int partition, long next) {}

    /** What happened to a received order. */
    public enum Reception {
        NEW,
        /** The same attempt was received before. */
        REPEATED,
        /** A later attempt of the operation is known, or it was given up; this one must not run any more. */
        OUTDATED
    }

    /** Keeps an order and the place in the topic behind it, both or neither. */
    public Reception received(Order order, Place place) {
        String operation = order.key().operation().toString();
        return database.write("keep an order", c -> {
            moved(c, place);
            Long latest = single(c, "SELECT max(attempt) FROM orders WHERE operation = ?", r -> r.getLong(1), operation)
                    .orElse(0L);
            boolean known = single(
                            c,
                            "SELECT 1 FROM orders WHERE operation = ? AND attempt = ?",
                            r -> r.getLong(1),
                            operation,
                            order.key().attempt())
                    .isPresent();
            if (known) {
                return Reception.REPEATED;
            }
            if (order.key().attempt() < latest || isAbandoned(c, operation)) {
                return Reception.OUTDATED;
            }
            update(
                    c,
                    "INSERT INTO orders (operation, attempt, domain, type, work, cause, traceparent)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    operation,
                    order.key().attempt(),
                    order.domainId().toString(),
                    MessageNames.of(order.work().getClass()),
                    Json.write(order.work()),
                    order.cause(),
                    order.traceparent().orElse(""));
            for (Step step : order.work().plan().steps()) {
                if (step instanceof Step.ReuseOverlay reuse) {
                    takenIn(c, order.domainId(), reuse.overlay().file());
                }
            }
            return Reception.NEW;
        });
    }

    /** Keeps the wish that an operation ends, and the place in the topic behind it; the operation may not have come yet. */
    public void toCancel(OperationId operation, Place place) {
        database.write("keep a cancellation", c -> {
            moved(c, place);
            return update(c, "INSERT INTO to_cancel VALUES (?) ON CONFLICT DO NOTHING", operation.toString());
        });
    }

    @Override
    public boolean isToCancel(OperationId operation) {
        return database.write(
                        "look for a cancellation",
                        c -> single(
                                c,
                                "SELECT 1 FROM to_cancel WHERE operation = ?",
                                r -> r.getLong(1),
                                operation.toString()))
                .isPresent();
    }

    /**
     * Keeps that the ledger has given an operation up, and the place in the topic behind it. What the operation was about
     * to make is nobody's to remove but the user's from now on.
     */
    public void abandoned(DomainId domain, OperationId operation, Collection<HostPath> files, Place place) {
        database.write("keep that an operation is given up", c -> {
            moved(c, place);
            for (HostPath file : files) {
                takenIn(c, domain, file);
            }
            for (HostPath file : madeBy(c, operation)) {
                takenIn(c, domain, file);
            }
            return update(c, "INSERT INTO abandoned VALUES (?) ON CONFLICT DO NOTHING", operation.toString());
        });
    }

    @Override
    public boolean isAbandoned(OperationId operation) {
        return database.write("look for an operation that is given up", c -> isAbandoned(c, operation.toString()));
    }

    private static boolean isAbandoned(Connection c, String operation) throws SQLException {
        return single(c, "SELECT 1 FROM abandoned WHERE operation = ?", r -> r.getLong(1), operation)
                .isPresent();
    }

    /** Keeps the definition of a domain, and the place in the topic behind it. */
    public void defined(Domain domain, Place place) {
        database.write("keep a domain", c -> {
            moved(c, place);
            return update(
                    c,
                    "INSERT INTO domain VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET definition = excluded.definition",
                    domain.id().toString(),
                    Json.write(domain.definition()));
        });
    }

    private static void takenIn(Connection c, DomainId domain, HostPath file) throws SQLException {
        update(c, "DELETE FROM released WHERE file = ?", file.value());
        update(c, "INSERT INTO taken_in VALUES (?, ?) ON CONFLICT DO NOTHING", domain.toString(), file.value());
    }

    /** Keeps which files that were there are the domain's now, and the place in the topic behind it. */
    public void takenIn(DomainId domain, Collection<HostPath> files, Place place) {
        database.write("keep the files of a domain", c -> {
            for (HostPath file : files) {
                takenIn(c, domain, file);
            }
            return moved(c, place);
        });
    }

    /** Keeps which files that were left over may go, and the place in the topic behind it. */
    public void released(DomainId domain, Collection<HostPath> files, Place place) {
        database.write("keep what may go", c -> {
            for (HostPath file : files) {
                update(c, "INSERT INTO released VALUES (?, ?) ON CONFLICT DO NOTHING", domain.toString(), file.value());
            }
            return moved(c, place);
        });
    }

    /** The domains of which something may go. */
    Set<DomainId> released() {
        return database.write(
                "read what may go",
                c -> new HashSet<>(
                        list(c, "SELECT DISTINCT domain FROM released", r -> DomainId.parse(r.getString(1)))));
    }

    List<HostPath> released(DomainId domain) {
        return database.write(
                "read what may go",
                c -> list(
                        c,
                        "SELECT file FROM released WHERE domain = ? ORDER BY file DESC",
                        r -> new HostPath(r.getString(1)),
                        domain.toString()));
    }

    /** The file is gone, or must stay after all. */
    void collected(DomainId domain, HostPath file) {
        database.write(
                "note a removal",
                c -> update(c, "DELETE FROM released WHERE domain = ? AND file = ?", domain.toString(), file.value()));
    }

    public void undefined(DomainId domain, Place place) {
        database.write("forget a domain", c -> {
            moved(c, place);
            update(c, "DELETE FROM taken_in WHERE domain = ?", domain.toString());
            update(c, "DELETE FROM released WHERE domain = ?", domain.toString());
            return update(c, "DELETE FROM domain WHERE id = ?", domain.toString());
        });
    }

    /** A record that needs no work has been read. */
    public void passed(Place place) {
        database.write("keep the place", c -> moved(c, place));
    }

    private static int moved(Connection c, Place place) throws SQLException {
        return update(
                c,
                "INSERT INTO place VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next",
                place.topic(),
                place.partition(),
                place.next());
    }

    /** The orders without a result, in the order of their arrival. */
    public List<Order> unfinished() {
        return orders("result IS NULL");
    }

    /** The orders whose report is not known to have reached the topic. */
    public List<Order> unreported() {
        return orders("result IS NOT NULL AND reported = 0");
    }

    @Override
    public List<Order> attempts(OperationId operation) {
        return orders("operation = ?", operation.toString());
    }

    private List<Order> orders(String condition, Object... values) {
        return database.write(
                "read the orders",
                c -> list(
                        c,
                        "SELECT domain, type, work, cause, traceparent FROM orders WHERE " + condition
                                + " ORDER BY rowid",
                        SqliteJournal::order,
                        values));
    }

    private static Order order(ResultSet row) throws SQLException {
        Class<?> type = MessageNames.record(row.getString(2))
                .orElseThrow(() -> new JournalException("the journal holds an order of an unknown kind"));
        Object work = Json.readStored(row.getString(3).getBytes(StandardCharsets.UTF_8), type);
        return new Order(
                DomainId.parse(row.getString(1)),
                (HostWork) work,
                row.getString(4),
                Optional.of(row.getString(5)).filter(t -> !t.isEmpty()));
    }

    public void reported(Order.Key key) {
        database.write(
                "note a report",
                c -> update(
                        c,
                        "UPDATE orders SET reported = 1 WHERE operation = ? AND attempt = ?",
                        key.operation().toString(),
                        key.attempt()));
    }

    @Override
    public Progress progress(Order.Key key) {
        return database.write("read an operation", c -> {
            Map<Integer, Optional<RunState>> begun = new HashMap<>();
            Map<Integer, StepOutcome> outcomes = new HashMap<>();
            for (StepRow row : list(
                    c,
                    "SELECT step, before, outcome FROM step WHERE operation = ? AND attempt = ?",
                    r -> new StepRow(
                            r.getInt(1), Optional.ofNullable(r.getString(2)), Optional.ofNullable(r.getString(3))),
                    key.operation().toString(),
                    key.attempt())) {
                begun.put(row.step(), row.before().map(SqliteJournal::runState));
                row.outcome()
                        .map(o -> Json.readStored(o.getBytes(StandardCharsets.UTF_8), StepOutcome.class))
                        .ifPresent(o -> outcomes.put(row.step(), o));
            }
            return new Progress(begun, outcomes);
        });
    }

    private record StepRow(int step, Optional<String> before, Optional<String> outcome) {}

    @Override
    public void begin(
            Order.Key key, Optional<StepOutcome> previous, int step, Optional<RunState> before, Set<HostPath> makes) {
        database.write("note an intent", c -> {
            end(c, key, previous);
            for (HostPath file : makes) {
                update(c, "DELETE FROM switch_over WHERE top = ?", file.value());
                update(c, "DELETE FROM released WHERE file = ?", file.value());
                update(
                        c,
                        "INSERT INTO made VALUES (?, ?) ON CONFLICT DO NOTHING",
                        key.operation().toString(),
                        file.value());
            }
            return update(
                    c,
                    "INSERT INTO step (operation, attempt, step, before) VALUES (?, ?, ?, nullif(?, ''))"
                            + " ON CONFLICT DO NOTHING",
                    key.operation().toString(),
                    key.attempt(),
                    step,
                    before.map(Words::of).orElse(""));
        });
    }

    private static void end(Connection c, Order.Key key, Optional<StepOutcome> outcome) throws SQLException {
        if (outcome.isPresent()) {
            update(
                    c,
                    "INSERT INTO step (operation, attempt, step, outcome) VALUES (?, ?, ?, ?)"
                            + " ON CONFLICT (operation, attempt, step) DO UPDATE SET outcome = excluded.outcome",
                    key.operation().toString(),
                    key.attempt(),
                    outcome.get().step(),
                    Json.write(outcome.get()));
        }
    }

    @Override
    public void finish(Order.Key key, Optional<StepOutcome> last, HostResult result) {
        database.write("note a result", c -> {
            end(c, key, last);
            return update(
                    c,
                    "UPDATE orders SET result = ? WHERE operation = ? AND attempt = ?",
                    Json.write(result),
                    key.operation().toString(),
                    key.attempt());
        });
    }

    @Override
    public Optional<HostResult> result(Order.Key key) {
        return database.write(
                        "read a result",
                        c -> single(
                                c,
                                "SELECT result FROM orders WHERE operation = ? AND attempt = ? AND result IS NOT NULL",
                                r -> r.getString(1),
                                key.operation().toString(),
                                key.attempt()))
                .map(json -> Json.readStored(json.getBytes(StandardCharsets.UTF_8), HostResult.class));
    }

    @Override
    public Set<HostPath> madeBy(OperationId operation) {
        return database.write("read the files made", c -> madeBy(c, operation));
    }

    private static Set<HostPath> madeBy(Connection c, OperationId operation) throws SQLException {
        return new HashSet<>(list(
                c,
                "SELECT file FROM made WHERE operation = ?",
                r -> new HostPath(r.getString(1)),
                operation.toString()));
    }

    @Override
    public void switchedOver(OperationId operation, HostPath top, HostPath base) {
        database.write(
                "note a switch-over",
                c -> update(
                        c,
                        "INSERT INTO switch_over VALUES (?, ?, ?) ON CONFLICT (top) DO UPDATE"
                                + " SET base = excluded.base, operation = excluded.operation",
                        top.value(),
                        base.value(),
                        operation.toString()));
    }

    @Override
    public boolean switchedOver(HostPath top, HostPath base) {
        return database.write(
                        "read a switch-over",
                        c -> single(
                                c,
                                "SELECT 1 FROM switch_over WHERE top = ? AND base = ?",
                                r -> r.getInt(1),
                                top.value(),
                                base.value()))
                .isPresent();
    }

    @Override
    public Set<HostPath> stale() {
        return database.write(
                "read the stale files",
                c -> new HashSet<>(list(c, "SELECT top FROM switch_over", r -> new HostPath(r.getString(1)))));
    }

    @Override
    public void forget(HostPath file) {
        database.write("forget a file", c -> update(c, "DELETE FROM switch_over WHERE top = ?", file.value()));
    }

    @Override
    public void leftPaused(DomainId domain, RunState before) {
        database.write(
                "note a pause",
                c -> update(
                        c,
                        "INSERT INTO left_paused VALUES (?, ?) ON CONFLICT (domain) DO NOTHING",
                        domain.toString(),
                        Words.of(before)));
    }

    @Override
    public Optional<RunState> leftPaused(DomainId domain) {
        return database.write(
                        "read a pause",
                        c -> single(
                                c,
                                "SELECT before FROM left_paused WHERE domain = ?",
                                r -> r.getString(1),
                                domain.toString()))
                .map(SqliteJournal::runState);
    }

    @Override
    public void goesOn(DomainId domain) {
        database.write("end a pause", c -> update(c, "DELETE FROM left_paused WHERE domain = ?", domain.toString()));
    }

    @Override
    public void leftFrozen(DomainId domain) {
        database.write(
                "note a freeze",
                c -> update(
                        c, "INSERT INTO left_frozen VALUES (?) ON CONFLICT (domain) DO NOTHING", domain.toString()));
    }

    @Override
    public boolean wasLeftFrozen(DomainId domain) {
        return database.write(
                        "read a freeze",
                        c -> single(
                                c,
                                "SELECT domain FROM left_frozen WHERE domain = ?",
                                r -> r.getString(1),
                                domain.toString()))
                .isPresent();
    }

    @Override
    public void thawed(DomainId domain) {
        database.write("end a freeze", c -> update(c, "DELETE FROM left_frozen WHERE domain = ?", domain.toString()));
    }

    /** Of several operations that were about to make a file the last one did: the others had found none. */
    @Override
    public List<Known> known() {
        return database.write(
                "read the files of all domains",
                c -> list(
                        c,
                        "SELECT o.domain, m.file, max(m.rowid), NOT EXISTS (SELECT 1 FROM orders s"
                                + " WHERE s.operation = m.operation AND s.type <> ?"
                                + " AND json_extract(s.result, '$.result') = 'finished')"
                                + " AND NOT EXISTS (SELECT 1 FROM taken_in t WHERE t.file = m.file)"
                                + " FROM made m JOIN orders o ON o.operation = m.operation GROUP BY m.file"
                                + " UNION ALL SELECT domain, file, 0, 0 FROM taken_in",
                        r -> new Known(DomainId.parse(r.getString(1)), new HostPath(r.getString(2)), r.getBoolean(4)),
                        MessageNames.of(RollbackRequested.class)));
    }

    @Override
    public List<Domain> domains() {
        return database.write(
                "read the domains",
                c -> list(
                        c,
                        "SELECT id, definition FROM domain",
                        r -> new Domain(
                                DomainId.parse(r.getString(1)),
                                Json.readStored(
                                        r.getString(2).getBytes(StandardCharsets.UTF_8), DomainDefinition.class))));
    }

    private static RunState runState(String word) {
        return Stream.of(RunState.values())
                .filter(s -> Words.of(s).equals(word))
                .findFirst()
                .orElseThrow(() -> new JournalException("the journal holds an unknown run state " + word));
    }

    @Override
    public void close() {
        try (lock) {
            database.close();
        } catch (SQLException | IOException e) {
            throw new JournalException("the journal cannot be closed", e);
        }
    }

    /** Lets the file grow to so many pages and no further, as on a disk that is full then. */
    void holdAt(int pages) throws SQLException {
        database.holdAt(pages);
    }
}
