package io.snapledger.command.axon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.axon.DomainStates.CorruptStreamException;
import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RunState;
import io.snapledger.servers.testing.TestServers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which events are read to know a domain: an event made unreadable tells, since whoever reads it fails. */
final class DomainStatesTest {
    private static final DomainEvent DEFINED = new DomainDefined(new DomainDefinition(
            new DomainName("web-1"),
            new HostName("h1"),
            List.of(new Disk(
                    new DiskTarget("vda"),
                    new HostPath("/images/a.qcow2"),
                    ImageFormat.QCOW2,
                    false,
                    Optional.empty())),
            64 << 20,
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
    private static final DomainEvent RUNNING = new RunStateObserved(RunState.RUNNING);
    private static final DomainEvent PAUSED = new RunStateObserved(RunState.PAUSED);

    private final DomainId domain = new DomainId(UUID.randomUUID());
    private final Database database = new Database("states", TestServers.freshDatabase(), 4, Duration.ofSeconds(15));
    private final JdbcTransactions transactions = new JdbcTransactions(database.pool());
    private final EventLog log = new EventLog(transactions);
    private final DomainStates states = new DomainStates(log);

    @BeforeEach
    void migrate() {
        database.migrate(Database.LOG_SCHEMA, "db/log");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void a_state_that_fell_behind_takes_in_only_what_is_missing() throws SQLException {
        append(DEFINED, RUNNING);
        assertThat(states.at(domain, 1).runState()).contains(RunState.RUNNING);

        append(PAUSED);
        makeUnreadable(0);

        assertThat(states.at(domain, 2).runState()).contains(RunState.PAUSED);
    }

    @Test
    void a_stream_that_breaks_off_is_followed_on_from_there_once_it_is_mended() throws SQLException {
        append(DEFINED, RUNNING, PAUSED);
        String before = makeUnreadable(2);
        assertThatThrownBy(() -> states.at(domain, 2))
                .isInstanceOf(CorruptStreamException.class)
                .hasMessageContaining(domain.toString())
                .hasMessageContaining("sequence 2");

        write(2, before);
        makeUnreadable(1);

        assertThat(states.at(domain, 2).runState()).contains(RunState.PAUSED);
    }

    @Test
    void a_state_ahead_of_its_head_is_never_used() throws SQLException {
        append(DEFINED, RUNNING, PAUSED);
        assertThat(states.at(domain, 2).runState()).contains(RunState.PAUSED);

        assertThatThrownBy(() -> states.at(domain, 1)).isInstanceOf(CorruptStreamException.class);
    }

    private void append(DomainEvent... events) throws SQLException {
        transactions.inTransaction(connection -> {
            Heads.Locked heads = Heads.lock(connection, List.of(domain.value()));
            log.append(
                    List.of(events).stream()
                            .map(event -> new EventLog.Entry(
                                    UUID.randomUUID().toString(),
                                    domain.value(),
                                    true,
                                    event,
                                    new Trail("c", "/test", "c", Optional.empty(), Optional.empty(), false),
                                    Instant.now()))
                            .toList(),
                    heads);
            heads.store();
            return events.length;
        });
    }

    private String makeUnreadable(long sequence) throws SQLException {
        return write(sequence, "no JSON");
    }

    /** Puts another payload in the place of an event's, and tells what it was. */
    private String write(long sequence, String payload) throws SQLException {
        return transactions.inTransaction(connection -> {
            try (var select = connection.prepareStatement("""
                            select payload from ledger.log_entry
                            where domain = ? and sequence_number = ? and type is not null""");
                    var update = connection.prepareStatement("""
                            update ledger.log_entry set payload = ?
                            where domain = ? and sequence_number = ? and type is not null""")) {
                select.setObject(1, domain.value());
                select.setLong(2, sequence);
                update.setString(1, payload);
                update.setObject(2, domain.value());
                update.setLong(3, sequence);
                try (var rows = select.executeQuery()) {
                    rows.next();
                    String before = rows.getString(1);
                    update.executeUpdate();
                    return before;
                }
            }
        });
    }
}
