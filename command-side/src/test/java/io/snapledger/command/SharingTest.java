package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.DomainId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SharingTest {
    private static final int DOMAINS = 20;
    private static final int ROUNDS = 18;
    private static final int FLOOD = 50;

    private final Random random = new Random(20_260_101);
    private final List<String> sent = new ArrayList<>();

    @Test
    void sidesThatComeAndGoDecideEveryCommandOnce() {
        try (Ledger ledger = new Ledger()) {
            List<DomainId> domains =
                    Stream.generate(Ledger::fresh).limit(DOMAINS).toList();
            CommandSide first = ledger.start();
            ledger.hearHost();
            domains.forEach(d -> sendAnywhere(ledger, d, Ledger.define(d)));
            domains.forEach(d -> sendAnywhere(ledger, d, Ledger.define(d)));
            rounds(ledger, domains, 0, ROUNDS / 3);
            CommandSide second = ledger.start();
            rounds(ledger, domains, ROUNDS / 3, 2 * ROUNDS / 3);
            ledger.flush();
            Waiting.until(
                    () -> "half is not decided",
                    () -> sent.stream()
                                    .filter(id -> !ledger.ear.verdicts(id).isEmpty())
                                    .count()
                            > sent.size() / 2);
            ledger.stop(first);
            rounds(ledger, domains, 2 * ROUNDS / 3, ROUNDS);
            ledger.flush();

            Waiting.until(
                    () -> sent.stream().filter(id -> !ledger.ear.settled(id)).count() + " of " + sent.size()
                            + " are not settled",
                    () -> sent.stream().allMatch(ledger.ear::settled));
            ledger.stop(second);
            assertThat(ledger.count("select count(*) from ledger.outcome")).isEqualTo(sent.size());
            LogChecks.requireSound(ledger);
            LogChecks.requirePublished(ledger);
            LogChecks.requireOneOperationAtATime(ledger);
        }
    }

    /** As two would that both take a partition for theirs: of two groups, each has all partitions all the time. */
    @Test
    void sidesThatFightOverEveryPartitionDecideEveryCommandOnce() {
        try (Ledger ledger = new Ledger()) {
            ledger.start(ledger.group() + "-one");
            ledger.start(ledger.group() + "-two");
            ledger.hearHost();
            List<DomainId> domains =
                    Stream.generate(Ledger::fresh).limit(DOMAINS).toList();
            domains.forEach(d -> sendAnywhere(ledger, d, Ledger.define(d)));
            rounds(ledger, domains, 0, FLOOD);
            ledger.flush();
            Waiting.until(
                    () -> sent.stream().filter(id -> !ledger.ear.settled(id)).count() + " of " + sent.size()
                            + " are not settled",
                    () -> sent.stream().allMatch(ledger.ear::settled));
            List.copyOf(ledger.sides()).forEach(ledger::stop);
            assertThat(ledger.count("select count(*) from ledger.outcome")).isEqualTo(sent.size());
            LogChecks.requireSound(ledger);
            LogChecks.requirePublished(ledger);
            LogChecks.requireOneOperationAtATime(ledger);
        }
    }

    private void rounds(Ledger ledger, List<DomainId> domains, int from, int to) {
        for (int round = from; round < to; round++) {
            for (DomainId domain : domains) {
                sendAnywhere(ledger, domain, Ledger.create("s" + round));
            }
        }
    }

    /** As clients with other partitioners would: any partition will do. */
    private void sendAnywhere(Ledger ledger, DomainId domain, DomainCommand command) {
        String id = "c" + sent.size();
        sent.add(id);
        ledger.send(
                random.nextInt(Ledger.PARTITIONS),
                domain,
                Ledger.envelope(domain, id, command).around(Json.write(command)));
    }
}
