package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A disk that is full for a while costs an executor time and nothing else. */
@Tag("qemu")
class FullJournalTest {
    private TestHost host;

    @BeforeEach
    void open() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    @Test
    void takes_orders_again_when_there_is_room_again() throws Exception {
        host.journal().holdAt(1);
        assertThatThrownBy(this::receiveMany).isInstanceOf(JournalException.class);

        host.journal().holdAt(100_000);

        receiveMany();
        assertThat(host.journal().unfinished()).hasSizeGreaterThan(99);
    }

    private void receiveMany() {
        for (int i = 0; i < 100; i++) {
            host.nextOperation();
            host.receive(host.opening(RunState.SHUTOFF, host.definedChains()));
        }
    }

    @Test
    void an_order_that_could_not_be_written_down_goes_on_by_itself() throws Exception {
        List<HostResult> results = new CopyOnWriteArrayList<>();
        Reporter reporter = new Reporter() {
            @Override
            public void operation(Order.Origin order, HostResult result) {
                results.add(result);
            }

            @Override
            public void domain(DomainId domain, Observation seen) {}
        };
        AtomicInteger failures = new AtomicInteger(2);
        Journal full = JournalSpy.before(host.journal(), (method, _) -> {
            if (method.equals("finish") && failures.getAndDecrement() > 0) {
                throw new JournalException("the disk is full");
            }
        });
        Image overlay = host.overlay("vda", "s");
        Order order = host.opening(
                RunState.SHUTOFF,
                host.definedChains(),
                new Step.MakeOverlay(new DiskTarget("vda"), overlay, host.disk("vda")));
        host.receive(order);

        try (DomainWatch watch =
                        DomainWatch.start(host.hypervisor(), host.images(), host.storage(), host.journal(), reporter);
                Operations operations = new Operations(
                        new PlanRunner(host.hypervisor(), host.images(), host.storage(), full),
                        reporter,
                        watch,
                        Duration.ofMillis(100))) {
            operations.submit(order);

            TestHost.await("the order has ended", () -> !results.isEmpty());
        }

        assertThat(results).hasSize(1).first().isInstanceOf(HostResult.Finished.class);
        assertThat(failures.get()).isNegative();
        assertThat(host.journal().result(order.key())).isPresent();
    }
}
