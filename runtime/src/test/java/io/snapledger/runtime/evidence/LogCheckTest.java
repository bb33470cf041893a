package io.snapledger.runtime.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.evidence.Finding.Kind;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.value.RunState;
import io.snapledger.servers.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two domains whose entries alternate; each third entry is an outcome, which has no place in the domain's own stream. */
class LogCheckTest {
    private static final UUID WEB = new UUID(0, 1);
    private static final UUID DB = new UUID(0, 2);

    private final String url = TestServers.freshDatabase();
    private final Database database = new Database("test", url, 2, Duration.ofSeconds(20));

    @BeforeEach
    void open() throws Exception {
        database.migrate(Database.LOG_SCHEMA, "db/log");
        append("first", 1, 9);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void append(String batch, int from, int to) throws SQLException {
        JdbcTransactions transactions = new JdbcTransactions(database.pool());
        EventLog log = new EventLog(transactions);
        transactions.inTransaction(connection -> {
            Heads.Locked heads = Heads.lock(connection, Set.of(WEB, DB));
            List<EventLog.Entry> entries = new ArrayList<>();
            for (int i = from; i <= to; i++) {
                for (UUID domain : List.of(WEB, DB)) {
                    entries.add(new EventLog.Entry(
                            (domain.equals(WEB) ? "w" : "d") + i,
                            domain,
                            i % 3 != 0,
                            new RunStateObserved(i % 2 == 0 ? RunState.RUNNING : RunState.PAUSED),
                            new Trail("c" + i, "/" + batch, "c" + i, Optional.empty(), Optional.of("ann"), false),
                            Instant.parse("2026-01-01T00:00:00.123456Z").plusSeconds(i)));
                }
            }
            log.append(entries, heads);
            heads.store();
            return heads;
        });
    }

    private List<Finding> check(Anchor... anchors) throws SQLException {
        return check(Optional.empty(), anchors);
    }

    private List<Finding> check(Optional<UUID> only, Anchor... anchors) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url)) {
            LogCheck.run(connection, only, List.of(anchors).iterator(), findings::add);
        }
        return findings;
    }

    private List<Anchor> heads() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url)) {
            return LogCheck.run(connection, Optional.empty(), Collections.emptyIterator(), _ -> {})
                    .heads();
        }
    }

    private void tamper(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
        }
    }

    private static void assertOnly(List<Finding> findings, Kind kind, UUID domain, String message) {
        assertThat(findings).hasSize(1);
        assertThat(findings.getFirst().kind()).isEqualTo(kind);
        assertThat(findings.getFirst().domain()).isEqualTo(domain);
        assertThat(findings.getFirst().message()).contains(message);
    }

    @Test
    void a_log_that_nobody_touched_is_whole_also_as_it_grows() throws Exception {
        append("second", 10, 12);

        assertThat(check()).isEmpty();
        assertThat(heads()).extracting(Anchor::entry).containsExactly("w12", "d12");
    }

    @Test
    void an_empty_log_is_whole() throws Exception {
        tamper("delete from ledger.log_entry");
        tamper("delete from ledger.domain_head");

        assertThat(check()).isEmpty();
        assertThat(heads()).isEmpty();
    }

    @Test
    void each_part_of_an_entry_that_was_changed_is_found() throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create table kept as select * from ledger.log_entry");
        }
        for (String change : List.of(
                "payload = replace(payload, 'running', 'paused')",
                "meta_data = replace(meta_data, 'ann', 'bob')",
                "time_stamp = '2026-01-01T00:00:04Z'",
                "payload_type = payload_type || 'x'",
                "sequence_number = 99",
                "event_identifier = 'other'",
                "hash = 'ff'")) {
            tamper("update ledger.log_entry set " + change + " where event_identifier = 'w4'");

            assertThat(check()).as(change).isNotEmpty().allMatch(f -> f.domain().equals(WEB));

            tamper("delete from ledger.log_entry");
            tamper("insert into ledger.log_entry select * from kept");
            assertThat(check()).isEmpty();
        }
    }

    @Test
    void an_entry_that_was_changed_is_named() throws Exception {
        tamper(
                "update ledger.log_entry set payload = replace(payload, 'running', 'paused') where event_identifier = 'w4'");

        assertOnly(check(), Kind.CHANGED, WEB, "entry w4 at position 7 was changed");
        assertOnly(check(Optional.of(WEB)), Kind.BROKEN, WEB, "entry w4 at position 7 was changed");
        assertThat(check(Optional.of(DB))).isEmpty();
    }

    @Test
    void an_event_hidden_from_its_stream_is_named() throws Exception {
        tamper("update ledger.log_entry set aggregate_identifier = 'nowhere' where event_identifier = 'w4'");

        assertOnly(check(), Kind.CHANGED, WEB, "w4 at position 7 was moved to the stream of nowhere");
    }

    @Test
    void an_entry_hashed_anew_is_found_by_the_one_after_it() throws Exception {
        tamper(
                "update ledger.log_entry set payload = replace(payload, 'running', 'paused') where event_identifier = 'w4'");
        rehash("w4", "w3");

        assertOnly(
                check(),
                Kind.CHANGED,
                WEB,
                "entry w5 at position 9 was changed, or the domain's entry before it, at"
                        + " position 7, was and was hashed anew");
    }

    @Test
    void an_event_that_is_gone_is_named_by_its_place() throws Exception {
        tamper("delete from ledger.log_entry where event_identifier = 'w4'");

        assertOnly(
                check(),
                Kind.REMOVED,
                WEB,
                "event 2 of the domain is gone: the domain has nothing between positions 5" + " and 9");
    }

    @Test
    void an_outcome_that_is_gone_is_found() throws Exception {
        tamper("delete from ledger.log_entry where event_identifier = 'w6'");

        assertOnly(check(), Kind.BROKEN, WEB, "or one is gone: the domain has nothing between positions 9 and 13");
    }

    @Test
    void the_first_event_that_is_gone_is_found() throws Exception {
        tamper("delete from ledger.log_entry where event_identifier = 'w1'");

        assertOnly(
                check(), Kind.REMOVED, WEB, "event 0 of the domain is gone: the domain has nothing before position 3");
    }

    @Test
    void entries_put_in_between_are_named() throws Exception {
        tamper("update ledger.log_entry set global_index = global_index + 100 where global_index > 7");
        for (String id : List.of("x1", "x2")) {
            tamper(
                    "insert into ledger.log_entry (global_index, event_identifier, aggregate_identifier, sequence_number,"
                            + " time_stamp, payload_type, payload, meta_data, domain, hash) select 50 + "
                            + id.substring(1) + ", '" + id + "', '" + id
                            + "', 0, time_stamp, payload_type, payload, meta_data,"
                            + " domain, '' from ledger.log_entry where event_identifier = 'w3'");
        }
        rehash("x1", "w4");
        rehash("x2", "x1");

        assertThat(check())
                .extracting(Finding::kind, f -> f.entry().orElse("-"))
                .containsExactlyInAnyOrder(tuple(Kind.INSERTED, "x1"), tuple(Kind.INSERTED, "x2"));
    }

    @Test
    void a_log_cut_off_is_found_by_its_heads() throws Exception {
        tamper("delete from ledger.log_entry where global_index >= 15");

        assertThat(check()).hasSize(2).allMatch(f -> f.kind() == Kind.TRUNCATED);
        assertThat(check(Optional.of(WEB)).getFirst().message())
                .isEqualTo("events 5 to 5 of the domain are gone from its end; what is left ends at position 13");
    }

    @Test
    void a_log_cut_off_with_its_heads_is_found_by_anchors() throws Exception {
        List<Anchor> held = heads();
        tamper("delete from ledger.log_entry where global_index >= 15");
        tamper(
                "update ledger.domain_head h set hash = e.hash, sequence = 4 from ledger.log_entry e where e.domain = h.domain"
                        + " and e.event_identifier in ('w7', 'd7')");

        assertThat(check()).isEmpty();
        assertThat(check(held.toArray(Anchor[]::new)))
                .hasSize(2)
                .allMatch(f -> f.kind() == Kind.CONTRADICTED)
                .allMatch(f -> f.message().endsWith("the log has no such entry"));
    }

    @Test
    void a_log_hashed_anew_to_its_end_is_found_by_anchors() throws Exception {
        List<Anchor> held = heads();
        tamper(
                "update ledger.log_entry set payload = replace(payload, 'running', 'paused') where event_identifier = 'w4'");
        for (int i = 4; i <= 9; i++) {
            rehash("w" + i, "w" + (i - 1));
        }
        tamper("update ledger.domain_head h set hash = e.hash from ledger.log_entry e where e.domain = h.domain"
                + " and e.event_identifier = 'w9'");

        assertThat(check()).isEmpty();
        assertOnly(check(held.toArray(Anchor[]::new)), Kind.CONTRADICTED, WEB, "entry w9 was published with the hash ");
    }

    @Test
    void a_head_that_is_gone_is_found() throws Exception {
        tamper("delete from ledger.domain_head where domain = '" + DB + "'");

        assertOnly(check(), Kind.REMOVED, DB, "the head of the domain's chain is gone");
    }

    @Test
    void a_domain_that_is_gone_as_a_whole_is_found_by_its_head() throws Exception {
        tamper("delete from ledger.log_entry where domain = '" + DB + "'");

        assertOnly(check(), Kind.TRUNCATED, DB, "nothing is left of it");
    }

    /** What somebody does who knows how entries are chained. */
    private void rehash(String id, String before) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                var select = connection.prepareStatement(
                        "select e.domain, e.type, e.sequence_number, e.payload_type, e.time_stamp, e.payload, e.meta_data,"
                                + " b.hash from ledger.log_entry e, ledger.log_entry b where e.event_identifier = ? and"
                                + " b.event_identifier = ?")) {
            select.setString(1, id);
            select.setString(2, before);
            try (var row = select.executeQuery()) {
                assertThat(row.next()).isTrue();
                String hash = new ChainedEntry(
                                id,
                                row.getObject(1, UUID.class),
                                row.getString(2) == null ? Optional.empty() : Optional.of(row.getLong(3)),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6),
                                row.getString(7))
                        .hash(row.getString(8));
                tamper("update ledger.log_entry set hash = '" + hash + "' where event_identifier = '" + id + "'");
            }
        }
    }
}
