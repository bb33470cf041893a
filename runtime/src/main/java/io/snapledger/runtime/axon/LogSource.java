package io.snapledger.runtime.axon;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.snapledger.schema.message.Json;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in order, without a gap, and a signal when there is more.
 *
 * <p>Positions come from a sequence, so a transaction that is still under way may hold a lower one than what can be seen
 * already. A reader is never given an entry beyond such a hole. A hole is given up only when it is proven that nobody
 * can fill it: every transaction that had begun to write when the hole was first seen has ended (an id that was given
 * out after that is not above the snapshot's {@code xmin}), and in that same snapshot the hole is still there. The server bounds each transaction, so a
 * hole cannot stop the readers for longer than that.
 *
 * <p>Readers in this process are woken by {@link #appended()}, readers in others by {@code LISTEN}; a slow poll is
 * the safety net under a lost notification. Safe for use by many threads.
 */
public final class LogSource implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogSource.class);
    private static final String CHANNEL = "ledger_log";
    static final int HOLES = 1_000;
    private static final Duration RECONNECT = Duration.ofSeconds(1);
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};
    private static final String READ =
            "select global_index, event_identifier, domain, sequence_number, type, payload_type,"
                    + " payload, meta_data, time_stamp, hash, pg_snapshot_xmin(s)::text::bigint"
                    + " from pg_current_snapshot() s, ledger.log_entry where global_index > ? order by global_index limit ?";

    private final Database database;
    private final Map<Hole, Long> holes = Collections.synchronizedMap(new Remembered());
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final Thread listener;
    private final Thread notifier;
    private long signals;
    private boolean toNotify;
    private volatile boolean closed;

    /** Positions of which nothing can be seen: after the first, before the second. */
    private record Hole(long after, long before) {}

    /** The holes seen last, each with the first transaction that cannot fill it. One forgotten is proven anew. */
    private static final class Remembered extends LinkedHashMap<Hole, Long> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Hole, Long> eldest) {
            return size() > HOLES;
        }
    }

    /** How many holes are remembered, filled ones among them. */
    int holes() {
        return holes.size();
    }

    public LogSource(Database database) {
        this.database = database;
        this.listener = Thread.ofVirtual().name("log-listener").start(this::listen);
        this.notifier = Thread.ofVirtual().name("log-notifier").start(this::notifyOthers);
    }

    /**
     * The entries after a position, at most as many as asked for, up to the first hole that may still be filled. Takes
     * part in the transaction of the connection; with {@code read committed} each call sees what is committed then.
     */
    public List<LogEntry> read(Connection connection, long after, int most) throws SQLException {
        List<LogEntry> entries = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(READ)) {
            select.setLong(1, after);
            select.setInt(2, most);
            try (ResultSet rows = select.executeQuery()) {
                long last = after;
                while (rows.next()) {
                    long position = rows.getLong(1);
                    if (position != last + 1 && !givenUp(new Hole(last, position), rows.getLong(11))) {
                        break;
                    }
                    entries.add(entry(rows));
                    last = position;
                }
            }
        }
        return entries;
    }

    /** One entry by its id; empty when there is none. */
    public static Optional<LogEntry> find(Connection connection, String id) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select global_index, event_identifier, domain, sequence_number, type, payload_type, payload, meta_data,"
                        + " time_stamp, hash from ledger.log_entry where event_identifier = ?")) {
            select.setString(1, id);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? Optional.of(entry(rows)) : Optional.empty();
            }
        }
    }

    /** The highest position that can be seen; 0 for an empty log. */
    public static long head(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("select coalesce(max(global_index), 0) from ledger.log_entry")) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    /** Says that a transaction which appended has been committed; wakes the readers of all processes. */
    public void appended() {
        lock.lock();
        try {
            signals++;
            toNotify = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How often the log has grown as far as is known here; take it before reading, then wait for another. */
    public long signals() {
        lock.lock();
        try {
            return signals;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the log has grown since {@link #signals()} gave {@code seen}, or the time is up. */
    public void await(long seen, Duration most) throws InterruptedException {
        long left = most.toNanos();
        lock.lock();
        try {
            while (signals == seen && left > 0 && !closed) {
                left = more.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean givenUp(Hole hole, long xmin) throws SQLException {
        Long until = holes.get(hole);
        if (until == null) {
            holes.putIfAbsent(hole, nextTransaction());
            return false;
        }
        if (xmin < until) {
            return false;
        }
        holes.remove(hole);
        LOG.debug("positions {} to {} are given up: their writers have ended", hole.after() + 1, hole.before() - 1);
        return true;
    }

    /**
     * An id above those of all transactions that have begun to write. A snapshot's {@code xmax} is not: it is only above
     * those that have ended, and a writer beyond it does not lower the {@code xmin}. Nor is the reader's own id, which it
     * may have had before the hole came into being.
     */
    private long nextTransaction() throws SQLException {
        try (Connection another = database.pool().getConnection();
                Statement statement = another.createStatement();
                ResultSet row = statement.executeQuery("select pg_current_xact_id()::text::bigint")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static LogEntry entry(ResultSet rows) throws SQLException {
        try {
            return new LogEntry(
                    rows.getLong(1),
                    rows.getString(2),
                    rows.getObject(3, UUID.class),
                    rows.getString(5) == null ? Optional.empty() : Optional.of(rows.getLong(4)),
                    rows.getString(6),
                    rows.getString(7),
                    Json.lenient().readValue(rows.getString(8), TEXTS),
                    Instant.parse(rows.getString(9)),
                    rows.getString(10));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the metadata of log entry " + rows.getLong(1) + " are no JSON", e);
        }
    }

    private void listen() {
        while (!closed) {
            try (Connection connection = DriverManager.getConnection(database.url(), Database.connecting());
                    Statement statement = connection.createStatement()) {
                statement.execute("listen " + CHANNEL);
                PGConnection notifications = connection.unwrap(PGConnection.class);
                wakeReaders();
                while (!closed) {
                    var heard = notifications.getNotifications(1_000);
                    if (heard != null && heard.length > 0) {
                        wakeReaders();
                    }
                }
            } catch (SQLException e) {
                LOG.debug("not listening for now", e);
                pause();
            }
        }
    }

    /** Tells other processes, after the commit, on a connection of its own; many appends become one notification. */
    private void notifyOthers() {
        while (!closed) {
            try (Connection connection = DriverManager.getConnection(database.url(), Database.connecting());
                    Statement statement = connection.createStatement()) {
                while (awaitSomethingToTell()) {
                    statement.execute("notify " + CHANNEL);
                }
            } catch (SQLException e) {
                LOG.debug("others are not told for now", e);
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean awaitSomethingToTell() throws InterruptedException {
        lock.lock();
        try {
            while (!toNotify && !closed) {
                more.await(1, TimeUnit.SECONDS);
            }
            toNotify = false;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void wakeReaders() {
        lock.lock();
        try {
            signals++;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void pause() {
        long left = RECONNECT.toNanos();
        lock.lock();
        try {
            while (left > 0 && !closed) {
                left = more.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        wakeReaders();
        listener.interrupt();
        notifier.interrupt();
    }
}
