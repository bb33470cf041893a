package io.snapledger.runtime.intake;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** How far the intake has come in each partition. It moves with the effects of what was read, or not at all. */
public final class Offsets {
    private Offsets() {}

    /** Another owner has moved the offset of a partition: what was read here is his, and this transaction must go. */
    public static final class LostRaceException extends RuntimeException {
        public LostRaceException(String message) {
            super(message);
        }
    }

    /** The offset to read next; 0 for a partition never read. */
    public static long next(Connection connection, String topic, int partition) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select next_offset from ledger.intake_offset where topic = ? and partition = ?")) {
            select.setString(1, topic);
            select.setInt(2, partition);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? rows.getLong(1) : 0;
            }
        }
    }

    /**
     * Moves the offset from where this reader believes it to be.
     *
     * @throws LostRaceException when it is elsewhere
     */
    public static void advance(Connection connection, String topic, int partition, long from, long to)
            throws SQLException {
        try (PreparedStatement first = connection.prepareStatement(
                "insert into ledger.intake_offset (topic, partition, next_offset) values (?, ?, 0) on conflict do nothing")) {
            first.setString(1, topic);
            first.setInt(2, partition);
            if (from == 0) {
                first.executeUpdate();
            }
        }
        try (PreparedStatement update = connection.prepareStatement(
                "update ledger.intake_offset set next_offset = ? where topic = ? and partition = ? and next_offset = ?")) {
            update.setLong(1, to);
            update.setString(2, topic);
            update.setInt(3, partition);
            update.setLong(4, from);
            if (update.executeUpdate() != 1) {
                throw new LostRaceException("partition " + topic + "-" + partition + " is no longer at offset " + from);
            }
        }
    }
}
