package io.snapledger.runtime.intake;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The heads of the domains' streams. Whoever writes about a domain locks its head first; no partition of a topic and no
 * process owns a domain otherwise.
 */
public final class Heads {
    private Heads() {}

    /** Locks the heads of the given domains until the transaction ends, always in the same order. */
    public static Locked lock(Connection connection, Collection<UUID> domains) throws SQLException {
        Map<UUID, Head> heads = new HashMap<>();
        Array ids = connection.createArrayOf("uuid", new TreeSet<>(domains).toArray());
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into ledger.domain_head (domain) select d from unnest(?) d order by d on conflict do nothing")) {
            insert.setArray(1, ids);
            insert.executeUpdate();
        }
        try (PreparedStatement select = connection.prepareStatement(
                "select domain, sequence, hash from ledger.domain_head where domain = any (?) order by domain for update")) {
            select.setArray(1, ids);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    heads.put(rows.getObject(1, UUID.class), new Head(rows.getLong(2), rows.getString(3)));
                }
            }
        }
        return new Locked(connection, heads);
    }

    private record Head(long sequence, String hash) {}

    /** The heads that one transaction holds. For the thread of that transaction. */
    public static final class Locked {
        private final Connection connection;
        private final Map<UUID, Head> heads;
        private final Set<UUID> moved = new HashSet<>();

        private Locked(Connection connection, Map<UUID, Head> heads) {
            this.connection = connection;
            this.heads = heads;
        }

        /** The last place in the domain's stream; -1 when it is empty. */
        public long sequence(UUID domain) {
            return head(domain).sequence();
        }

        /** The hash of the domain's last entry, in hex; empty when there is none. */
        public String hash(UUID domain) {
            return head(domain).hash();
        }

        /** One more entry of the domain; {@code sequenced} when it is an event of its stream. */
        public void moved(UUID domain, boolean sequenced, String hash) {
            Head head = head(domain);
            heads.put(domain, new Head(sequenced ? head.sequence() + 1 : head.sequence(), hash));
            moved.add(domain);
        }

        /** Writes the heads that moved, in one batch. */
        public void store() throws SQLException {
            try (PreparedStatement update = connection.prepareStatement(
                    "update ledger.domain_head set sequence = ?, hash = ? where domain = ?")) {
                for (UUID domain : moved) {
                    Head head = head(domain);
                    update.setLong(1, head.sequence());
                    update.setString(2, head.hash());
                    update.setObject(3, domain);
                    update.addBatch();
                }
                update.executeBatch();
            }
        }

        private Head head(UUID domain) {
            Head head = heads.get(domain);
            if (head == null) {
                throw new IllegalStateException("the head of domain " + domain + " is not locked");
            }
            return head;
        }
    }
}
