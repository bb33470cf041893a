package io.snapledger.executor.run;

import io.snapledger.executor.files.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An SQLite database that this process alone writes: one transaction at a time, on stable storage when it returns. */
final class Sqlite implements AutoCloseable {
    private final Connection connection;

    private Sqlite(Connection connection) {
        this.connection = connection;
    }

    /** @param schema statements that change nothing where they were run before */
    static Sqlite open(Path file, List<String> schema) throws SQLException, IOException {
        SqliteDriver.load();
        PrivateFiles.createOrOpen(file).close();
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            for (String change : schema) {
                statement.execute(change);
            }
            connection.setAutoCommit(false);
            return new Sqlite(connection);
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    /** What is done in one transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** One transaction. */
    <T> T write(String what, Work<T> work) {
        synchronized (connection) {
            try {
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                takeBack(e);
                throw new JournalException("the journal cannot " + what, e);
            }
        }
    }

    /**
     * SQLite itself takes a transaction back when the disk is full or broken. The driver does not notice, and begins no
     * other one after a rollback that finds nothing to take back: without a beginning every later commit would fail.
     */
    private void takeBack(SQLException first) {
        try {
            connection.rollback();
        } catch (SQLException gone) {
            first.addSuppressed(gone);
            try (Statement statement = connection.createStatement()) {
                statement.execute("BEGIN");
            } catch (SQLException suppressed) {
                first.addSuppressed(suppressed);
            }
        }
    }

    /** Lets the file grow to so many pages and no further, as on a disk that is full then. */
    void holdAt(int pages) throws SQLException {
        synchronized (connection) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA max_page_count = " + pages);
            }
        }
    }

    static int update(Connection c, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepared(c, sql, values)) {
            return statement.executeUpdate();
        }
    }

    static <T> Optional<T> single(Connection c, String sql, Row<T> row, Object... values) throws SQLException {
        return list(c, sql, row, values).stream().findFirst();
    }

    static <T> List<T> list(Connection c, String sql, Row<T> row, Object... values) throws SQLException {
        try (PreparedStatement statement = prepared(c, sql, values);
                ResultSet rows = statement.executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(row.read(rows));
            }
            return found;
        }
    }

    private static PreparedStatement prepared(Connection c, String sql, Object... values) throws SQLException {
        PreparedStatement statement = c.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        synchronized (connection) {
            connection.close();
        }
    }
}
