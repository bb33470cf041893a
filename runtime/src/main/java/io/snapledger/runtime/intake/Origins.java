package io.snapledger.runtime.intake;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** Which command began an operation, for all that follows from reports about it. */
public final class Origins {
    private Origins() {}

    /**
     * The command at the beginning.
     *
     * @param ended whether a client was told of the end already
     */
    public record Origin(Outcomes.Key command, Optional<String> traceparent, Optional<String> actor, boolean ended) {}

    public static void store(Connection connection, UUID operation, UUID domain, Origin origin) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into ledger.operation_origin (operation, domain, source, id, traceparent, actor)
                values (?, ?, ?, ?, ?, ?)""")) {
            insert.setObject(1, operation);
            insert.setObject(2, domain);
            insert.setString(3, origin.command().source());
            insert.setString(4, origin.command().id());
            insert.setString(5, origin.traceparent().orElse(null));
            insert.setString(6, origin.actor().orElse(null));
            insert.executeUpdate();
        }
    }

    public static Optional<Origin> find(Connection connection, UUID operation) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select source, id, traceparent, actor, end_entry from ledger.operation_origin where operation = ?")) {
            select.setObject(1, operation);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next()
                        ? Optional.of(new Origin(
                                new Outcomes.Key(rows.getString(1), rows.getString(2)),
                                Optional.ofNullable(rows.getString(3)),
                                Optional.ofNullable(rows.getString(4)),
                                rows.getString(5) != null))
                        : Optional.empty();
            }
        }
    }

    /** Remembers the entry that told of the end. */
    public static void ended(Connection connection, UUID operation, String entry) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update ledger.operation_origin set end_entry = ? where operation = ? and end_entry is null")) {
            update.setString(1, entry);
            update.setObject(2, operation);
            update.executeUpdate();
        }
    }
}
