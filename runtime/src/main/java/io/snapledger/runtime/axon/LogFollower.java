package io.snapledger.runtime.axon;

import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.health.Trouble;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader of the log with a name and a token: it handles entries in order, in batches, and moves its token in the
 * transaction of the batch. Of several followers with one name, in whichever process, one works: it holds an advisory
 * lock, and each batch locks the token's row, so that one which only believes to hold it can do no harm. A batch that fails is
 * tried again after a pause that grows to ten seconds; it is never skipped.
 */
public final class LogFollower implements Pulse, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);
    private static final Duration SAFETY_NET = Duration.ofSeconds(2);
    private static final Duration OPEN_HOLE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final String name;
    private final int most;
    private final LogSource source;
    private final JdbcTransactions transactions;
    private final Batch batch;
    private final Leadership leadership;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread;
    private final Trouble trouble = new Trouble();
    private volatile boolean closed;
    private volatile long position;

    /** What is done with entries. An exception leaves the token where it was. */
    @FunctionalInterface
    public interface Batch {
        void handle(Connection connection, List<LogEntry> entries) throws Exception;

        /** Called when what was done holds: after the transaction commit. */
        default void committed() {}
    }

    public LogFollower(String name, int most, LogSource source, JdbcTransactions transactions, Batch batch) {
        this.name = name;
        this.most = most;
        this.source = source;
        this.transactions = transactions;
        this.batch = batch;
        this.leadership = new Leadership(transactions, name, Leadership.LEFT_ALONE);
        this.thread = Thread.ofVirtual().name("follow-" + name).start(this::run);
    }

    /** The position up to which everything is handled, as far as this follower knows. */
    public long position() {
        return position;
    }

    @Override
    public Optional<String> trouble() {
        return trouble.trouble();
    }

    private void run() {
        Duration pause = OPEN_HOLE;
        try {
            while (!closed) {
                long seen = source.signals();
                if (!leadership.held()) {
                    trouble.over();
                    source.await(seen, SAFETY_NET);
                    continue;
                }
                try {
                    Progress progress = transactions.inTransaction(this::step);
                    if (progress == Progress.SOME) {
                        batch.committed();
                    }
                    pause = OPEN_HOLE;
                    trouble.over();
                    if (progress == Progress.NOTHING) {
                        source.await(seen, SAFETY_NET);
                    } else if (progress == Progress.HOLE) {
                        source.await(seen, OPEN_HOLE);
                    }
                } catch (SQLException | RuntimeException e) {
                    leadership.doubt();
                    trouble.note(e);
                    if (!closed) {
                        LOG.warn("{} could not handle what follows position {}, trying again", name, position, e);
                        source.await(source.signals(), pause);
                        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                                ? LONGEST_PAUSE
                                : pause.multipliedBy(2);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            leadership.close();
            ended.complete(null);
        }
    }

    private enum Progress {
        SOME,
        HOLE,
        NOTHING
    }

    private Progress step(Connection connection) throws SQLException {
        long token = lockToken(connection);
        position = token;
        List<LogEntry> entries = source.read(connection, token, most);
        if (entries.isEmpty()) {
            return LogSource.head(connection) > token ? Progress.HOLE : Progress.NOTHING;
        }
        try {
            batch.handle(connection, entries);
        } catch (SQLException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(
                    name + " failed between positions " + token + " and "
                            + entries.getLast().position(),
                    e);
        }
        long last = entries.getLast().position();
        try (PreparedStatement update =
                connection.prepareStatement("update ledger.reader_token set position = ? where name = ?")) {
            update.setLong(1, last);
            update.setString(2, name);
            update.executeUpdate();
        }
        return Progress.SOME;
    }

    private long lockToken(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select position from ledger.reader_token where name = ? for update")) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                if (rows.next()) {
                    return rows.getLong(1);
                }
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into ledger.reader_token (name, position) values (?, 0) on conflict do nothing")) {
            insert.setString(1, name);
            insert.executeUpdate();
        }
        return 0;
    }

    @Override
    public void close() {
        closed = true;
        source.appended();
        try {
            ended.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("{} did not stop in time, it is interrupted", name, e);
        }
        thread.interrupt();
    }
}
