package io.snapledger.runtime.evidence;

import io.snapledger.runtime.evidence.Finding.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Holds the log to its chains of hashes, its heads and to anchors that others have. It reads the log once, in order, as
 * it is at one moment, while others may append. Needs memory for each domain, not for each entry. For one thread.
 */
public final class LogCheck {
    private static final int FETCHED = 2_000;
    private static final int ANCHORS_AT_ONCE = 1_000;
    private static final String ENTRIES = "select global_index, event_identifier, aggregate_identifier,"
            + " sequence_number, type, time_stamp, payload_type, payload, meta_data, domain, hash from ledger.log_entry";

    private final Connection connection;
    private final Optional<UUID> only;
    private final Consumer<Finding> found;
    private final Map<UUID, DomainChain> chains = new HashMap<>();
    private long entries;
    private long position;

    private LogCheck(Connection connection, Optional<UUID> only, Consumer<Finding> found) {
        this.connection = connection;
        this.only = only;
        this.found = found;
    }

    /**
     * How much was looked at.
     *
     * @param position of the last entry; 0 for an empty log
     * @param heads the last entry of each domain, for whoever wants to keep them elsewhere
     */
    public record Checked(long entries, long position, List<Anchor> heads) {
        public Checked {
            heads = List.copyOf(heads);
        }
    }

    /**
     * @param connection to the log's database, which nobody else uses; is in no transaction after it
     * @param only one domain, or the whole log
     */
    public static Checked run(
            Connection connection, Optional<UUID> only, Iterator<Anchor> anchors, Consumer<Finding> found)
            throws SQLException {
        connection.setAutoCommit(false);
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try {
            LogCheck check = new LogCheck(connection, only, found);
            check.followChains();
            check.compareHeads();
            check.compare(anchors);
            return check.checked();
        } finally {
            connection.rollback();
        }
    }

    private Checked checked() {
        List<Anchor> heads = new ArrayList<>();
        new TreeMap<>(chains).forEach((domain, chain) -> {
            if (chain.position() > 0) {
                heads.add(new Anchor(domain, chain.id(), chain.hash()));
            }
        });
        return new Checked(entries, position, heads);
    }

    private void followChains() throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(ENTRIES + (only.isPresent() ? " where domain = ?" : "") + " order by "
                        + (only.isPresent() ? "domain, " : "") + "global_index")) {
            if (only.isPresent()) {
                select.setObject(1, only.get());
            }
            select.setFetchSize(FETCHED);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    follow(rows);
                }
            }
        }
    }

    private void follow(ResultSet row) throws SQLException {
        entries++;
        position = row.getLong(1);
        String id = row.getString(2);
        UUID domain = row.getObject(10, UUID.class);
        boolean sequenced = row.getString(5) != null;
        ChainedEntry entry = new ChainedEntry(
                id,
                domain,
                sequenced ? Optional.of(row.getLong(4)) : Optional.empty(),
                row.getString(7),
                row.getString(6),
                row.getString(8),
                row.getString(9));
        chain(domain)
                .follow(position, entry, row.getString(11), position - entries)
                .forEach(found);
        if (!row.getString(3).equals(sequenced ? domain.toString() : id)) {
            found.accept(new Finding(
                    Kind.CHANGED,
                    domain,
                    Optional.of(position),
                    Optional.of(id),
                    "entry " + id + " at position " + position + " was moved to the stream of " + row.getString(3)));
        }
    }

    private DomainChain chain(UUID domain) {
        return chains.computeIfAbsent(domain, DomainChain::new);
    }

    private void compareHeads() throws SQLException {
        Set<UUID> headless = new HashSet<>(chains.keySet());
        try (PreparedStatement select =
                connection.prepareStatement("select domain, sequence, hash from ledger.domain_head"
                        + (only.isPresent() ? " where domain = ?" : ""))) {
            if (only.isPresent()) {
                select.setObject(1, only.get());
            }
            select.setFetchSize(FETCHED);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    UUID domain = rows.getObject(1, UUID.class);
                    headless.remove(domain);
                    chain(domain).end(rows.getLong(2), rows.getString(3)).ifPresent(found);
                }
            }
        }
        for (UUID domain : headless) {
            found.accept(new Finding(
                    Kind.REMOVED,
                    domain,
                    Optional.empty(),
                    Optional.empty(),
                    "the head of the domain's chain is gone"));
        }
    }

    private void compare(Iterator<Anchor> anchors) throws SQLException {
        Map<String, Anchor> some = new LinkedHashMap<>();
        while (anchors.hasNext()) {
            Anchor anchor = anchors.next();
            if (only.isPresent() && !anchor.domain().equals(only.get())) {
                continue;
            }
            Anchor other = some.putIfAbsent(anchor.entry(), anchor);
            if (other != null && !other.equals(anchor)) {
                compare(some);
                some.clear();
                some.put(anchor.entry(), anchor);
            }
            if (some.size() == ANCHORS_AT_ONCE) {
                compare(some);
                some.clear();
            }
        }
        compare(some);
    }

    private void compare(Map<String, Anchor> some) throws SQLException {
        Map<String, Anchor> missing = new LinkedHashMap<>(some);
        try (PreparedStatement select =
                connection.prepareStatement("select event_identifier, domain, hash, global_index"
                        + " from ledger.log_entry where event_identifier = any (?)")) {
            select.setArray(1, connection.createArrayOf("text", some.keySet().toArray()));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    Anchor held = missing.remove(rows.getString(1));
                    Anchor stored = new Anchor(rows.getObject(2, UUID.class), rows.getString(1), rows.getString(3));
                    if (held != null && !held.equals(stored)) {
                        found.accept(contradicted(
                                held,
                                Optional.of(rows.getLong(4)),
                                "entry " + held.entry() + " was published with the hash " + held.hash() + " for domain "
                                        + held.domain() + "; the log has " + stored.hash()
                                        + (held.domain().equals(stored.domain()) ? "" : " for " + stored.domain())));
                    }
                }
            }
        }
        missing.values()
                .forEach(anchor -> found.accept(contradicted(
                        anchor,
                        Optional.empty(),
                        "entry " + anchor.entry() + " was published with the hash " + anchor.hash()
                                + "; the log has no such entry")));
    }

    private static Finding contradicted(Anchor anchor, Optional<Long> position, String message) {
        return new Finding(Kind.CONTRADICTED, anchor.domain(), position, Optional.of(anchor.entry()), message);
    }
}
