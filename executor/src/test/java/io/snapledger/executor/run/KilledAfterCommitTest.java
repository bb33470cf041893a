package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.value.RunState;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * QEMU keeps the tables of an image to itself until it is told to write them out, and a guest that stands still tells it
 * nothing. Killed as soon as the disk no longer reads a committed layer, it leaves all of that in the base.
 */
@Tag("qemu")
class KilledAfterCommitTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final int HEADER = 4096;

    private TestHost host;
    private Image a;
    private Image a1;

    @BeforeEach
    void layOut() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        a = host.disk("vda");
        a1 = host.overlay("vda", "s1", a, "write -P 7 4M 3M");
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private List<Chain> startPaused(Image... layers) throws Exception {
        List<Chain> chains = List.of(host.chain("vda", layers));
        host.startGuest(chains);
        host.hypervisor().pause(host.domain());
        return chains;
    }

    @Test
    void in_the_moment_that_a_header_names_the_base() throws Exception {
        Image a2 = host.overlay("vda", "s2", a1, "write -P 8 7M 64k");
        CommitLayer step = new CommitLayer(VDA, a1, a, List.of(a2));
        List<Chain> chains = startPaused(a2, a1, a);
        CompletableFuture<Void> killed = CompletableFuture.runAsync(() -> killWhenChanged(a2));

        host.run(host.opening(RunState.PAUSED, chains, step));

        killed.get(10, TimeUnit.SECONDS);
        assertThat(host.images().header(a2).backing()).contains(a);
        assertReads(host.bytesOf(a2, a));
    }

    /** Looks without a pause: it is written out some microseconds later, whether asked for or not. */
    private void killWhenChanged(Image image) {
        try (FileChannel file = FileChannel.open(Path.of(image.file().value()))) {
            ByteBuffer before = header(file);
            while (header(file).equals(before)) {
                Thread.onSpinWait();
            }
            host.killGuest();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static ByteBuffer header(FileChannel file) throws Exception {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        file.read(header, 0);
        return header.flip();
    }

    @Test
    void after_the_switch_over_of_the_active_layer_was_recorded_and_before_it_was_made() throws Exception {
        List<Chain> chains = startPaused(a1, a);
        CommitLayer step = new CommitLayer(VDA, a1, a, List.of());

        host.run(
                host.opening(RunState.PAUSED, chains, step),
                journal -> JournalSpy.after(journal, (method, _) -> {
                    if (method.equals("switchedOver")) {
                        host.killGuest();
                    }
                }));

        assertThat(host.run(host.rollback(2, List.of(step)))).isInstanceOf(HostResult.Finished.class);
        assertReads(host.bytesOf(a));
    }

    @Test
    void after_the_switch_over_of_the_active_layer() throws Exception {
        List<Chain> chains = startPaused(a1, a);

        HostResult result = host.run(
                host.opening(RunState.PAUSED, chains, new CommitLayer(VDA, a1, a, List.of())),
                j -> j,
                HypervisorSpy.after("commitActive", (_, _) -> host.killGuest()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertReads(host.bytesOf(a));
    }

    private static void assertReads(byte[] disk) {
        assertThat(IntStream.range(4 << 20, 7 << 20).filter(at -> disk[at] != 7))
                .as("bytes that the layer had added and that are lost")
                .isEmpty();
    }
}
