package io.snapledger.runtime.axon;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An advisory lock of PostgreSQL that lasts as long as its connection, and the connection as long as its owner looks at
 * it: the server ends one that was left alone, so that a process which is frozen, and whose connection therefore lives
 * on, does not lead for ever. For one thread.
 */
final class Leadership implements AutoCloseable {
    /** Longer than a batch may take, so that one which is only slow goes on. */
    static final Duration LEFT_ALONE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
    private static final int VALID_SECONDS = 2;
    private static final int LOOKS = 10;

    private final JdbcTransactions transactions;
    private final String name;
    private final Duration leftAlone;
    private @Nullable Connection connection;
    private boolean doubted;
    private long looked;

    /** @param leftAlone after which the server takes the lock from an owner who does not ask whether it is held */
    Leadership(JdbcTransactions transactions, String name, Duration leftAlone) {
        this.transactions = transactions;
        this.name = name;
        this.leftAlone = leftAlone;
    }

    /** Whether this process is the one; tries to become it when it is not. */
    boolean held() {
        try {
            if (connection != null && (looked() || connection.isValid(VALID_SECONDS))) {
                return sure();
            }
            close();
            Connection candidate = transactions.getConnection();
            if (locks(candidate)) {
                connection = candidate;
                return sure();
            }
            candidate.close();
            return false;
        } catch (SQLException e) {
            LOG.debug("{}: who leads cannot be told for now", name, e);
            return false;
        }
    }

    private boolean looked() {
        return !doubted && System.nanoTime() - looked < leftAlone.toNanos() / LOOKS;
    }

    private boolean sure() {
        if (!looked()) {
            looked = System.nanoTime();
            doubted = false;
        }
        return true;
    }

    /** Something failed: before the next batch the connection is looked at. */
    void doubt() {
        doubted = true;
    }

    private boolean locks(Connection candidate) throws SQLException {
        try (PreparedStatement lock =
                candidate.prepareStatement("select pg_try_advisory_lock(hashtextextended(?, 0))")) {
            lock.setString(1, "snapledger:" + name);
            try (ResultSet rows = lock.executeQuery()) {
                if (!rows.next() || !rows.getBoolean(1)) {
                    return false;
                }
            }
        }
        try (Statement bounded = candidate.createStatement()) {
            bounded.execute("set idle_session_timeout = " + leftAlone.toMillis());
        }
        return true;
    }

    /** Gives the lock up; a pooled connection lives on, so it is told to, and that it may be left alone again. */
    @Override
    public void close() {
        if (connection == null) {
            return;
        }
        try (Connection leaving = connection;
                PreparedStatement unlock =
                        leaving.prepareStatement("select pg_advisory_unlock(hashtextextended(?, 0))");
                Statement unbound = leaving.createStatement()) {
            unlock.setString(1, "snapledger:" + name);
            unlock.execute();
            unbound.execute("reset idle_session_timeout");
        } catch (SQLException e) {
            LOG.debug("{}: the connection that led is broken, its lock with it", name, e);
        }
        connection = null;
    }
}
