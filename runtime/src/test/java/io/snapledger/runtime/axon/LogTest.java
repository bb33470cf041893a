package io.snapledger.runtime.axon;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.runtime.intake.Heads;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.value.RunState;
import io.snapledger.servers.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogTest {
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(2);
    private static final Trail TRAIL = new Trail("c1", "/test", "c1", Optional.empty(), Optional.of("ann"), false);

    private final UUID domain = UUID.randomUUID();
    private String url = "";
    private Database database = new Database("none", TestServers.freshDatabase(), 1, TRANSACTION_TIMEOUT);
    private JdbcTransactions transactions = new JdbcTransactions(database.pool());
    private EventLog log = new EventLog(transactions);
    private LogSource source = new LogSource(database);

    @BeforeEach
    void open() {
        source.close();
        database.close();
        url = TestServers.freshDatabase();
        database = new Database("test", url, 8, TRANSACTION_TIMEOUT);
        database.migrate(Database.LOG_SCHEMA, "db/log");
        transactions = new JdbcTransactions(database.pool());
        log = new EventLog(transactions);
        source = new LogSource(database);
    }

    @AfterEach
    void close() {
        source.close();
        database.close();
    }

    @Test
    void what_was_appended_is_read_back_in_order_with_its_trail_and_a_chain_of_hashes() throws Exception {
        append(domain, 3);

        List<LogEntry> entries = transactions.inTransaction(c -> source.read(c, 0, 10));

        assertThat(entries)
                .extracting(LogEntry::sequence)
                .containsExactly(Optional.of(0L), Optional.of(1L), Optional.of(2L));
        assertThat(entries).extracting(LogEntry::hash).doesNotHaveDuplicates();
        assertThat(entries.getFirst().type()).isEqualTo("snapledger.event.RunStateObserved.v1");
        assertThat(Trail.of(entries.getFirst().metadata())).isEqualTo(TRAIL);
        try (var events = log.read(domain, 0)) {
            assertThat(events).containsExactly(event(0), event(1), event(2));
        }
        assertThat(head()).isEqualTo(entries.getLast().hash());
    }

    @Test
    void a_transaction_that_fails_leaves_nothing() throws Exception {
        try {
            transactions.inTransaction(connection -> {
                appendIn(connection, domain, 2);
                throw new IllegalStateException("no");
            });
        } catch (IllegalStateException _) {
            append(domain, 1);
        }

        List<LogEntry> entries = transactions.inTransaction(c -> source.read(c, 0, 10));
        assertThat(entries).isEmpty();
        assertThat(readAfterGap(1)).hasSize(1);
    }

    /** The gap proof: what commits late with a lower position is not skipped, however long it takes. */
    @Test
    void a_writer_that_is_slow_to_commit_is_waited_for() throws Exception {
        BlockingQueue<LogEntry> followed = new LinkedBlockingQueue<>();
        UUID other = UUID.randomUUID();
        try (Connection slow = DriverManager.getConnection(url)) {
            slow.setAutoCommit(false);
            insertByHand(slow, "slow");
            try (var _ = new LogFollower("f", 100, source, transactions, (_, entries) -> followed.addAll(entries))) {
                append(other, 2);
                assertThat(followed.poll(TRANSACTION_TIMEOUT.toMillis() + 1_000, TimeUnit.MILLISECONDS))
                        .isNull();
                slow.commit();
                source.appended();

                List<String> ids = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    LogEntry entry = followed.poll(5, TimeUnit.SECONDS);
                    ids.add(entry == null ? "nothing" : entry.id());
                }
                assertThat(ids).hasSize(3).first().isEqualTo("slow");
            }
        }
    }

    /** When it alone is left, its id is no lower than the snapshot's {@code xmax}, and {@code xmin} knows nothing of it. */
    @Test
    void a_slow_writer_that_began_after_the_one_that_overtook_it_is_waited_for() throws Exception {
        try (Connection first = DriverManager.getConnection(url);
                Connection slow = DriverManager.getConnection(url)) {
            for (Connection writer : List.of(first, slow)) {
                writer.setAutoCommit(false);
                try (var begin = writer.createStatement()) {
                    begin.execute("select pg_current_xact_id()");
                }
            }
            insertByHand(slow, "slow");
            insertByHand(first, "first");
            first.commit();
            assertWaitsFor(slow);
        }
    }

    /** A reader that has locked its token has an id, and that is lower than those of the writers after it. */
    @Test
    void a_slow_writer_that_began_after_the_readers_transaction_is_waited_for() throws Exception {
        try (Connection first = DriverManager.getConnection(url);
                Connection slow = DriverManager.getConnection(url)) {
            slow.setAutoCommit(false);
            List<LogEntry> overtaken = transactions.inTransaction(reader -> {
                try (var lock = reader.createStatement()) {
                    lock.execute("select pg_current_xact_id()");
                }
                insertByHand(slow, "slow");
                insertByHand(first, "first");
                return source.read(reader, 0, 10);
            });
            assertThat(overtaken).isEmpty();
            assertWaitsFor(slow);
        }
    }

    /** It has the position before that of the first. */
    private void assertWaitsFor(Connection slow) throws SQLException {
        for (int i = 0; i < 3; i++) {
            List<LogEntry> tooEarly = transactions.inTransaction(c -> source.read(c, 0, 10));
            assertThat(tooEarly).isEmpty();
        }

        slow.commit();

        List<LogEntry> entries = transactions.inTransaction(c -> source.read(c, 0, 10));
        assertThat(entries).extracting(LogEntry::id).containsExactly("slow", "first");
    }

    /** With many writers there is always some hole for a moment: what is remembered of them must not grow for ever. */
    @Test
    void holes_that_were_filled_are_forgotten_in_the_end() throws Exception {
        try (Connection connection = DriverManager.getConnection(url)) {
            for (long position = 1; position <= LogSource.HOLES + 100; position++) {
                insertByHand(connection, "e" + position, 2 * position);
            }
            for (long position = 1; position <= LogSource.HOLES + 100; position++) {
                assertThat(source.read(connection, 2 * position - 2, 1)).isEmpty();
                insertByHand(connection, "f" + position, 2 * position - 1);
            }

            assertThat(source.read(connection, 0, 10_000)).hasSize(2 * (LogSource.HOLES + 100));
            assertThat(source.holes()).isLessThanOrEqualTo(LogSource.HOLES);
        }
    }

    @Test
    void a_writer_that_hangs_is_ended_by_the_server_and_holds_nobody_up_any_longer() throws Exception {
        BlockingQueue<LogEntry> followed = new LinkedBlockingQueue<>();
        try (Connection hanging = DriverManager.getConnection(
                        url + "&options=-c%20transaction_timeout=" + TRANSACTION_TIMEOUT.toMillis());
                var _ = new LogFollower("f", 100, source, transactions, (_, entries) -> followed.addAll(entries))) {
            hanging.setAutoCommit(false);
            insertByHand(hanging, "hanging");
            append(UUID.randomUUID(), 2);

            assertThat(followed.poll(500, TimeUnit.MILLISECONDS)).isNull();
            assertThat(followed.poll(TRANSACTION_TIMEOUT.toMillis() + 8_000, TimeUnit.MILLISECONDS))
                    .extracting(LogEntry::position)
                    .isEqualTo(2L);
        }
    }

    @Test
    void two_followers_of_one_name_handle_everything_once() throws Exception {
        BlockingQueue<LogEntry> followed = new LinkedBlockingQueue<>();
        try (var _ = new LogFollower("f", 2, source, transactions, (_, entries) -> followed.addAll(entries));
                var _ = new LogFollower("f", 2, source, transactions, (_, entries) -> followed.addAll(entries))) {
            append(domain, 20);

            for (long position = 1; position <= 20; position++) {
                LogEntry entry = followed.poll(5, TimeUnit.SECONDS);
                assertThat(entry).isNotNull().extracting(LogEntry::position).isEqualTo(position);
            }
            assertThat(followed.poll(200, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void another_process_is_woken_by_the_append() throws Exception {
        try (Database others = new Database("other", url, 4, TRANSACTION_TIMEOUT);
                LogSource elsewhere = new LogSource(others)) {
            elsewhere.await(elsewhere.signals(), Duration.ofSeconds(2));
            long seen = elsewhere.signals();
            long start = System.nanoTime();
            append(domain, 1);
            elsewhere.await(seen, Duration.ofSeconds(5));

            assertThat(elsewhere.signals()).isGreaterThan(seen);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        }
    }

    private List<LogEntry> readAfterGap(int size) throws SQLException {
        List<LogEntry> entries = List.of();
        for (int i = 0; i < 100 && entries.size() < size; i++) {
            entries = transactions.inTransaction(c -> source.read(c, 0, 10));
        }
        return entries;
    }

    private void append(UUID to, int count) throws SQLException {
        transactions.inTransaction(connection -> {
            appendIn(connection, to, count);
            return count;
        });
        source.appended();
    }

    private void appendIn(Connection connection, UUID to, int count) throws SQLException {
        Heads.Locked heads = Heads.lock(connection, List.of(to));
        List<EventLog.Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(new EventLog.Entry(UUID.randomUUID().toString(), to, true, event(i), TRAIL, Instant.now()));
        }
        log.append(entries, heads);
        heads.store();
    }

    private static RunStateObserved event(int i) {
        return new RunStateObserved(i % 2 == 0 ? RunState.RUNNING : RunState.PAUSED);
    }

    private String head() throws SQLException {
        try (Connection connection = database.pool().getConnection();
                var rows = connection.createStatement().executeQuery("select hash from ledger.domain_head")) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    private static void insertByHand(Connection connection, String id) throws SQLException {
        try (var next = connection.prepareStatement(
                        "select nextval(pg_get_serial_sequence('ledger.log_entry', 'global_index'))");
                var position = next.executeQuery()) {
            position.next();
            insertByHand(connection, id, position.getLong(1));
        }
    }

    private static void insertByHand(Connection connection, String id, long position) throws SQLException {
        try (var insert = connection.prepareStatement("""
                insert into ledger.log_entry (global_index, event_identifier, aggregate_identifier, sequence_number,
                  type, time_stamp, payload_type, payload, meta_data, domain, hash)
                values (?, ?, ?, 0, 'Domain', '2026-01-01T00:00:00Z', 'snapledger.event.RunStateObserved.v1',
                  '{"runState":"running"}', '{}', gen_random_uuid(), '')""")) {
            insert.setLong(1, position);
            insert.setString(2, id);
            insert.setString(3, id);
            insert.executeUpdate();
        }
    }
}
