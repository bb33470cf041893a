package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.servers.testing.TestServers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RecoveryTest {
    private static final String[] ROLLED_BACK = {
        "DomainDefined", "SnapshotCreationRequested", "HostOperationFailed", "RollbackRequested", "OperationRolledBack"
    };

    @Test
    void aStepThatFailsIsTakenBackAndTheClientIsTold() {
        try (Ledger ledger = Ledger.running()) {
            ledger.executor.answer(work ->
                    work instanceof SnapshotCreationRequested ? FakeExecutor.failedAt(1) : FakeExecutor.done(work));
            DomainId domain = ledger.defined();
            requireRolledBack(ledger, domain, ledger.send(domain, Ledger.create("s1")));

            ledger.executor.answer(FakeExecutor::done);
            String again = ledger.send(domain, Ledger.create("s1"));
            assertThat(ledger.ear.awaitEnd(again).name()).isEqualTo("OperationCompleted");
        }
    }

    @Test
    void aSideThatRestartsBetweenFailureAndRollbackGoesOn() {
        try (Ledger ledger = new Ledger()) {
            CommandSide before = ledger.start();
            ledger.hearHost();
            ledger.executor.answer(work ->
                    work instanceof SnapshotCreationRequested ? FakeExecutor.failedAt(1) : FakeExecutor.done(work));
            DomainId domain = ledger.defined();
            String command = ledger.send(domain, Ledger.create("s1"));
            Waiting.until(
                    () -> "no failure",
                    () -> ledger.ear.events(domain).stream()
                            .anyMatch(e -> e.name().equals("HostOperationFailed")));
            ledger.stop(before);
            ledger.start();
            requireRolledBack(ledger, domain, command);
        }
    }

    private static void requireRolledBack(Ledger ledger, DomainId domain, String command) {
        Heard failed = ledger.ear.awaitEnd(command);
        assertThat(failed.name()).isEqualTo("OperationFailed");
        assertThat(failed.data().path("rolledBack").asBoolean()).isTrue();
        assertThat(failed.data().path("leftovers")).isEmpty();
        assertThat(failed.data().path("message").asText()).contains("qemu-img said no");
        Waiting.until(() -> "not all events", () -> ledger.ear.events(domain).size() == ROLLED_BACK.length);
        assertThat(ledger.ear.events(domain)).extracting(Heard::name).containsExactly(ROLLED_BACK);
        assertThat(ledger.ear.events(domain).subList(1, ROLLED_BACK.length))
                .extracting(e -> e.envelope().correlationId())
                .containsOnly(Optional.of(command));
        List<FakeExecutor.Order> orders = ledger.executor.orders(domain);
        assertThat(orders).extracting(o -> o.work().attempt()).containsExactly(1, 2);
        assertThat(orders.getLast().work()).isInstanceOf(RollbackRequested.class);
        assertThat(orders.getLast().work().plan().steps()).isNotEmpty();
        LogChecks.requireSound(ledger);
    }

    @Test
    void aSilentHostIsAskedAgainAndWaitedFor() {
        try (Ledger ledger = new Ledger(TestServers.freshDatabase(), Duration.ofSeconds(2))) {
            ledger.start();
            ledger.hearHost();
            ledger.executor.answer(_ -> Optional.empty());
            DomainId domain = ledger.defined();
            ledger.executor.reportHost();
            String command = ledger.send(domain, Ledger.create("s1"));
            assertThat(ledger.ear.verdict(command).name()).isEqualTo("CommandAccepted");
            Waiting.until(
                    () -> "the operation does not stall",
                    () -> ledger.ear.events(domain).stream()
                            .anyMatch(e -> e.name().equals("OperationStalled")));

            ledger.executor.answer(FakeExecutor::done);
            Waiting.until(() -> "the operation does not end", () -> {
                ledger.executor.reportHost();
                return ledger.ear.end(command).isPresent();
            });
            assertThat(ledger.ear.awaitEnd(command).name()).isEqualTo("OperationCompleted");
            assertThat(ledger.executor.orders(domain))
                    .hasSize(2)
                    .extracting(o -> o.work().attempt())
                    .containsOnly(1);
        }
    }

    @Test
    void aDeadlineOutlivesTheSideThatSetItAndTheOperationCanBeGivenUp() {
        try (Ledger ledger = new Ledger(TestServers.freshDatabase(), Duration.ofSeconds(2))) {
            CommandSide before = ledger.start();
            ledger.hearHost();
            ledger.executor.answer(_ -> Optional.empty());
            DomainId domain = ledger.defined();
            ledger.executor.reportHost();
            String command = ledger.send(domain, Ledger.create("s1"));
            OperationId operation = OperationId.parse(
                    ledger.ear.verdict(command).data().path("operation").asText());
            ledger.stop(before);

            ledger.start();
            Waiting.until(
                    () -> "the operation does not stall",
                    () -> ledger.ear.events(domain).stream()
                            .anyMatch(e -> e.name().equals("OperationStalled")));
            String givenUp = ledger.send(domain, new DomainCommand.AbandonOperation(operation));

            assertThat(ledger.ear.verdict(givenUp).name()).isEqualTo("CommandAccepted");
            Heard failed = ledger.ear.awaitEnd(command);
            assertThat(failed.name()).isEqualTo("OperationFailed");
            assertThat(failed.data().path("code").asText()).isEqualTo("hostSilent");
            assertThat(failed.data().path("leftovers")).isNotEmpty();
            FakeExecutor.Order late = ledger.executor.orders(domain).getFirst();
            ledger.executor.reportHost();
            ledger.executor.report(late, FakeExecutor.done(late.work()).orElseThrow());
            ledger.executor.answer(FakeExecutor::done);
            Waiting.until(() -> "the domain is not free", () -> {
                ledger.executor.reportHost();
                String next = ledger.send(domain, Ledger.create("s2"));
                return ledger.ear.verdict(next).name().equals("CommandAccepted")
                        && ledger.ear.awaitEnd(next).name().equals("OperationCompleted");
            });
            assertThat(ledger.ear.events(domain))
                    .extracting(Heard::name)
                    .containsOnlyOnce("OperationAbandoned", "SnapshotCreated");
            LogChecks.requireSound(ledger);
        }
    }
}
