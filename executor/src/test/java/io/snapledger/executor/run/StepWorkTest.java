package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class StepWorkTest {
    private static final Step COMMIT = new Step.CommitLayer(
            new DiskTarget("vda"),
            new Image(new HostPath("/images/top.qcow2"), ImageFormat.QCOW2),
            new Image(new HostPath("/images/base.qcow2"), ImageFormat.QCOW2),
            List.of());

    private final List<OperationProgress> told = new ArrayList<>();
    private final StepWork work = new StepWork(order(), 3, COMMIT, told::add);

    private static Order order() {
        DomainDefinition definition = new DomainDefinition(
                new DomainName("web-1"),
                new HostName("kvm-1"),
                List.of(),
                1 << 20,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new Order(
                new DomainId(UUID.randomUUID()),
                new ResumeRequested(
                        new OperationId(UUID.randomUUID()),
                        2,
                        definition,
                        new Plan(new Assumptions(RunState.SHUTOFF, List.of()), List.of(COMMIT))),
                "cause",
                Optional.empty());
    }

    @Test
    void nothing_is_told_of_a_step_that_is_short() {
        work.reached(5, 10);
        work.done();

        assertThat(told).isEmpty();
    }

    @Test
    void a_long_step_is_told_of_until_all_is_there() {
        long until = System.nanoTime() + 250_000_000;
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }

        work.reached(0, 0);
        work.reached(5, 20);
        work.reached(21, 20);
        work.done();

        assertThat(told).extracting(OperationProgress::percent).containsExactly(25, 100, 100);
        assertThat(told.getFirst().step()).isEqualTo(3);
        assertThat(told.getFirst().attempt()).isEqualTo(2);
        assertThat(told.getFirst().kind()).isEqualTo("commitLayer");
        assertThat(told.getFirst().doneBytes()).isEqualTo(5);
        assertThat(told.getFirst().totalBytes()).isEqualTo(20);
    }
}
