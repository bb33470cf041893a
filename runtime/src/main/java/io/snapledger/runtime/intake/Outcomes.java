package io.snapledger.runtime.intake;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What was answered to which command, so that a repeat gets the same and has no other effect. */
public final class Outcomes {
    private Outcomes() {}

    /** What makes a command one and the same. */
    public record Key(String source, String id) {}

    /** An outcome: its command, its domain, and the entry of the log that tells it. */
    public record Stored(Key key, UUID domain, String entry) {}

    /** Those of the given commands that were answered before. */
    public static Set<Key> known(Connection connection, Collection<Key> keys) throws SQLException {
        Set<Key> known = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select o.source, o.id from ledger.outcome o join unnest(?, ?) k(source, id) using (source, id)")) {
            select.setArray(
                    1,
                    connection.createArrayOf(
                            "text", keys.stream().map(Key::source).toArray()));
            select.setArray(
                    2,
                    connection.createArrayOf("text", keys.stream().map(Key::id).toArray()));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    known.add(new Key(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return known;
    }

    public static void store(Connection connection, List<Stored> outcomes) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into ledger.outcome (source, id, domain, entry) values (?, ?, ?, ?)")) {
            for (Stored outcome : outcomes) {
                insert.setString(1, outcome.key().source());
                insert.setString(2, outcome.key().id());
                insert.setObject(3, outcome.domain());
                insert.setString(4, outcome.entry());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** The entries that answer a command so far: its verdict, and the end of its operation when there is one. */
    public static List<String> entries(Connection connection, Key key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select o.entry, p.end_entry from ledger.outcome o
                left join ledger.operation_origin p using (source, id)
                where o.source = ? and o.id = ?""")) {
            select.setString(1, key.source());
            select.setString(2, key.id());
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    return List.of();
                }
                String verdict = rows.getString(1);
                return Optional.ofNullable(rows.getString(2))
                        .map(end -> List.of(verdict, end))
                        .orElse(List.of(verdict));
            }
        }
    }

    /** Forgets what was answered longer ago than the given number of days. */
    public static int forget(Connection connection, int days) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("delete from ledger.outcome where at < now() - make_interval(days => ?)")) {
            delete.setInt(1, days);
            return delete.executeUpdate();
        }
    }
}
