package io.snapledger.runtime.axon;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An advisory lock of PostgreSQL that lasts as long as its connection. For one thread. */
final class Leadership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
    private static final int VALID_SECONDS = 2;

    private final JdbcTransactions transactions;
    private final String name;
    private @Nullable Connection connection;
    private boolean doubted;

    Leadership(JdbcTransactions transactions, String name) {
        this.transactions = transactions;
        this.name = name;
    }

    /** Whether this process is the one; tries to become it when it is not. */
    boolean held() {
        try {
            if (connection != null && (!doubted || connection.isValid(VALID_SECONDS))) {
                doubted = false;
                return true;
            }
            close();
            Connection candidate = transactions.getConnection();
            if (locks(candidate)) {
                connection = candidate;
                doubted = false;
                return true;
            }
            candidate.close();
            return false;
        } catch (SQLException e) {
            LOG.debug("{}: who leads cannot be told for now", name, e);
            return false;
        }
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
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    /** Gives the lock up; a pooled connection lives on, so it is told to. */
    @Override
    public void close() {
        if (connection == null) {
            return;
        }
        try (Connection leaving = connection;
                PreparedStatement unlock =
                        leaving.prepareStatement("select pg_advisory_unlock(hashtextextended(?, 0))")) {
            unlock.setString(1, "snapledger:" + name);
            unlock.execute();
        } catch (SQLException e) {
            LOG.debug("{}: the connection that led is broken, its lock with it", name, e);
        }
        connection = null;
    }
}
