package io.snapledger.standalone.chaos;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chains of hashes in the log: what is in an entry's hash, and whether every entry of the stored log follows from the
 * one before it in its domain.
 */
final class ChainOfHashes {
    private static final String LOG_SCHEMA = "ledger";
    private static final int ROWS = 1_000;

    private ChainOfHashes() {}

    /** The end of a domain's chain. */
    private record End(long sequence, String hash) {}

    /** The hash of an entry after one with the hash {@code before}; each part stands with its length. */
    private static String hash(String before, List<String> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(before.getBytes(StandardCharsets.UTF_8));
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Reads the whole log in one transaction and names each entry, and each head, that does not follow; none when all do. */
    static List<String> broken(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        List<String> wrong = new ArrayList<>();
        Map<String, End> ends = new HashMap<>();
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(ROWS);
            try (ResultSet rows = statement.executeQuery("select global_index, event_identifier, domain::text,"
                    + " sequence_number, type, payload_type, time_stamp, payload, meta_data, hash from "
                    + LOG_SCHEMA + ".log_entry order by global_index")) {
                while (rows.next()) {
                    follow(rows, ends, wrong);
                }
            }
            try (ResultSet rows =
                    statement.executeQuery("select domain::text, sequence, hash from " + LOG_SCHEMA + ".domain_head")) {
                while (rows.next()) {
                    head(rows, ends, wrong);
                }
            }
        } finally {
            connection.rollback();
        }
        ends.keySet().forEach(domain -> wrong.add("domain " + domain + " has entries and no head"));
        return wrong;
    }

    private static void follow(ResultSet rows, Map<String, End> ends, List<String> wrong) throws SQLException {
        String entry = "entry " + rows.getLong(1) + " (" + rows.getString(6) + ")";
        String domain = rows.getString(3);
        End before = ends.getOrDefault(domain, new End(-1, ""));
        Optional<Long> sequence = rows.getString(5) == null ? Optional.empty() : Optional.of(rows.getLong(4));
        if (sequence.filter(s -> s != before.sequence() + 1).isPresent()) {
            wrong.add(entry + " has the sequence " + sequence.get() + " after " + before.sequence() + " of domain "
                    + domain);
        }
        String stored = rows.getString(10);
        String hash = hash(
                before.hash(),
                List.of(
                        rows.getString(2),
                        domain,
                        sequence.map(Object::toString).orElse("-"),
                        rows.getString(6),
                        rows.getString(7),
                        rows.getString(8),
                        rows.getString(9)));
        if (!hash.equals(stored)) {
            wrong.add(
                    entry + " has another hash than its content and the entry before it in domain " + domain + " give");
        }
        ends.put(domain, new End(sequence.orElse(before.sequence()), stored));
    }

    private static void head(ResultSet rows, Map<String, End> ends, List<String> wrong) throws SQLException {
        End head = new End(rows.getLong(2), rows.getString(3));
        End end = Optional.ofNullable(ends.remove(rows.getString(1))).orElse(new End(-1, ""));
        if (!head.equals(end)) {
            wrong.add("the head of domain " + rows.getString(1) + " is " + head.sequence() + " " + head.hash()
                    + " and its last entry " + end.sequence() + " " + end.hash());
        }
    }
}
