package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.kafka.Publisher;
import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.RunState;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class PublisherTest {
    private static final Logger LOG = LoggerFactory.getLogger(PublisherTest.class);
    private static final int SAMPLES = 200;
    private static final int WARM = 50;

    @Test
    void aPublisherThatRestartsSkipsNothingAndNamesNothingAnew() throws SQLException {
        try (Ledger ledger = new Ledger();
                Database database = new Database("test", ledger.database(), 8, Duration.ofSeconds(15));
                LogSource source = migrated(database)) {
            JdbcTransactions transactions = new JdbcTransactions(database.pool());
            EventLog log = new EventLog(transactions);
            List<DomainId> domains = Stream.generate(Ledger::fresh).limit(5).toList();
            Publisher publisher = publisher(ledger, source, transactions);
            for (int i = 0; i < 400; i++) {
                append(log, transactions, domains.get(i % domains.size()));
                source.appended();
                if (i % 100 == 99) {
                    publisher.close();
                    publisher = publisher(ledger, source, transactions);
                }
            }
            LogChecks.requirePublished(ledger);
            LogChecks.requireSound(ledger);
            List<Long> micros = new ArrayList<>();
            for (int i = 0; i < WARM + SAMPLES; i++) {
                String id = append(log, transactions, domains.getFirst());
                long committed = System.nanoTime();
                source.appended();
                long arrived = arrival(ledger, id);
                if (i >= WARM) {
                    micros.add((arrived - committed) / 1_000);
                }
            }
            publisher.close();
            micros.sort(null);
            LOG.info(
                    "from the commit of an append to the record's arrival at a consumer: median {} us, 95 of 100 {} us",
                    micros.get(SAMPLES / 2),
                    micros.get(SAMPLES * 95 / 100));
        }
    }

    private static LogSource migrated(Database database) {
        database.migrate(Database.LOG_SCHEMA, "db/log");
        return new LogSource(database);
    }

    private static Publisher publisher(Ledger ledger, LogSource source, JdbcTransactions transactions) {
        return new Publisher(
                Map.of("bootstrap.servers", ledger.kafkaServers()), "test", ledger.topics, source, transactions);
    }

    private static String append(EventLog log, JdbcTransactions transactions, DomainId domain) throws SQLException {
        String id = UUID.randomUUID().toString();
        return transactions.inTransaction(connection -> {
            Heads.Locked heads = Heads.lock(connection, List.of(domain.value()));
            log.append(
                    List.of(new EventLog.Entry(
                            id,
                            domain.value(),
                            true,
                            new DomainEvent.RunStateObserved(RunState.RUNNING),
                            new Trail("c", "/test", "c", Optional.empty(), Optional.empty(), false),
                            Instant.now().truncatedTo(ChronoUnit.MICROS))),
                    heads);
            heads.store();
            return id;
        });
    }

    private static long arrival(Ledger ledger, String id) {
        List<Heard> events = ledger.ear.events();
        Waiting.until(
                () -> "event " + id + " does not arrive",
                () -> !events.isEmpty() && events.getLast().envelope().id().equals(id));
        assertThat(events.getLast().envelope().id()).isEqualTo(id);
        return events.getLast().nanos();
    }
}
