package io.snapledger.executor.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A running guest whose disk someone switched over, without an order. */
@Tag("qemu")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SwitchedByHandTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    private final BlockingQueue<Observation> told = new LinkedBlockingQueue<>();
    private TestHost host;

    @BeforeEach
    void startGuest() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        host.startGuest(host.definedChains());
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private Observation next() throws InterruptedException {
        return requireNonNull(told.poll(20, TimeUnit.SECONDS), "nothing more was told");
    }

    @Test
    void is_told_with_the_layers_that_it_really_has() throws Exception {
        Image disk = host.disk("vda");
        Image byHand = host.overlay("vda", "by-hand", disk);
        try (DomainWatch watch = DomainWatch.start(
                host.hypervisor(),
                host.images(),
                host.storage(),
                host.journal(),
                new Reporter() {
                    @Override
                    public void operation(Order.Origin order, HostResult result) {
                        throw new AssertionError("nothing is run here");
                    }

                    @Override
                    public void domain(DomainId domain, Observation seen) {
                        told.add(seen);
                    }
                },
                Duration.ofMillis(50))) {
            watch.follow(host.domain());
            Observation before = next();
            while (before.files().isEmpty()) {
                before = next();
            }
            assertThat(before.disks()).containsExactly(host.chain("vda", disk));

            try (Hypervisor.Switching switching = host.hypervisor()
                    .prepareSwitch(host.domain(), List.of(new Step.Switch(VDA, disk, byHand)), List.of())) {
                switching.switchAll();
            }

            assertThat(next().disks()).containsExactly(host.chain("vda", byHand, disk));
        }
    }
}
