package io.snapledger.runtime.axon;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.jspecify.annotations.Nullable;

/**
 * Transactions bound to the thread that runs them: all that asks for a connection meanwhile, the framework's event store
 * and the scheduler of deadlines included, takes part. Safe for use by many threads.
 */
public final class JdbcTransactions implements ConnectionProvider {
    private final DataSource pool;
    /** Of this object, not of the class: two databases in one process are two worlds. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Connection> bound = new ThreadLocal<>();

    public JdbcTransactions(DataSource pool) {
        this.pool = pool;
    }

    /** Work inside a transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /**
     * Runs the work and commits; any exception rolls everything back and is thrown on.
     *
     * @throws SQLException also when the commit itself fails: then nobody knows, and a repeat must be harmless
     */
    public <T> T inTransaction(Work<T> work) throws SQLException {
        if (bound.get() != null) {
            throw new IllegalStateException("a transaction is under way on this thread");
        }
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            bound.set(connection);
            try {
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                rollBack(connection, e);
                throw e;
            } finally {
                bound.remove();
            }
        }
    }

    /** The connection of the transaction under way, else one of its own that commits each statement. */
    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = bound.get();
        return connection == null ? pool.getConnection() : shielded(connection);
    }

    private static void rollBack(Connection connection, Throwable first) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            first.addSuppressed(e);
        }
    }

    /** Whoever borrowed the connection may neither end the transaction nor give it back. */
    private static Connection shielded(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                JdbcTransactions.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("setAutoCommit")
                            || (method.getParameterCount() == 0
                                    && (method.getName().equals("close")
                                            || method.getName().equals("commit")
                                            || method.getName().equals("rollback")))) {
                        return null;
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }
}
