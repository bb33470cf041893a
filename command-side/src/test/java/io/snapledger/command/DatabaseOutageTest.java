package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.DomainId;
import io.snapledger.servers.testing.OwnPostgres;
import io.snapledger.servers.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;

final class DatabaseOutageTest {
    private static final int DOMAINS = 10;
    private final List<String> sent = new ArrayList<>();

    @Test
    void aDatabaseThatGoesAndComesBackCostsNothingButTime() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres();
                Ledger ledger = new Ledger(postgres.database("ledger"), Duration.ofSeconds(60))) {
            CommandSide side = ledger.start();
            ledger.hearHost();
            List<DomainId> domains =
                    Stream.generate(Ledger::fresh).limit(DOMAINS).toList();
            domains.forEach(d -> send(ledger, d, Ledger.define(d)));
            rounds(ledger, domains, 0, 10);
            Waiting.until(
                    () -> "nothing is decided",
                    () -> sent.stream().anyMatch(id -> !ledger.ear.verdicts(id).isEmpty()));
            Set<String> before = members(ledger);
            postgres.stop();
            rounds(ledger, domains, 10, 20);
            ledger.flush();
            Waiting.until(
                    () -> "only this is wrong: " + side.troubles(),
                    () -> side.troubles().stream().anyMatch(t -> t.startsWith("database ")));
            postgres.startAgain();
            rounds(ledger, domains, 20, 25);
            ledger.flush();

            Waiting.until(
                    () -> sent.stream().filter(id -> !ledger.ear.settled(id)).count() + " of " + sent.size()
                            + " are not settled",
                    () -> sent.stream().allMatch(ledger.ear::settled));
            Waiting.until(
                    () -> "still wrong: " + side.troubles(),
                    () -> side.troubles().isEmpty());
            assertThat(ledger.count("select count(*) from ledger.outcome")).isEqualTo(sent.size());
            assertThat(members(ledger)).isEqualTo(before).hasSize(1);
            LogChecks.requireSound(ledger);
            LogChecks.requirePublished(ledger);
            LogChecks.requireOneOperationAtATime(ledger);
        }
    }

    private void rounds(Ledger ledger, List<DomainId> domains, int from, int to) {
        for (int round = from; round < to; round++) {
            for (DomainId domain : domains) {
                send(ledger, domain, Ledger.create("s" + round));
            }
        }
    }

    private void send(Ledger ledger, DomainId domain, DomainCommand command) {
        sent.add(ledger.send(domain, command));
    }

    private static Set<String> members(Ledger ledger)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", ledger.kafkaServers()))) {
            return admin
                    .describeConsumerGroups(List.of(ledger.group()))
                    .all()
                    .get(10, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(g -> g.members().stream())
                    .map(MemberDescription::consumerId)
                    .collect(Collectors.toSet());
        }
    }
}
