package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.run.SqliteJournal.Place;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.ReturnLayer;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A base that a clone of another domain lies on: its file is the same to the byte whatever is done, and so is the clone. */
@Tag("qemu")
class StreamingLayerTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Place PLACE = new Place("t", 0, 1);
    private static final long SLOWLY = 128 << 10;

    private final List<OperationProgress> told = new ArrayList<>();
    private TestHost host;
    private Image a;
    private Image a1;
    private Image a2;
    private Image a3;
    private Image clone;
    private String base;
    private byte[] cloned;

    @BeforeEach
    void layOut() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        a = host.disk("vda");
        a1 = host.overlay("vda", "s1", a, "write -P 7 4M 3M");
        a2 = host.overlay("vda", "s2", a1, "write -P 8 5M 64k");
        a3 = host.overlay("vda", "s3", a2, "write -P 9 6M 64k");
        clone = host.overlay("vda", "clone", a1, "write -P 10 7M 64k");
        base = sha256(a1);
        cloned = host.bytesOf(clone, a1, a);
    }

    @AfterEach
    void end() throws Exception {
        try {
            assertThat(sha256(a1)).isEqualTo(base);
            assertThat(host.bytesOf(clone, a1, a)).isEqualTo(cloned);
        } finally {
            host.close();
        }
    }

    private static String sha256(Image image) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(Files.readAllBytes(Path.of(image.file().value()))));
    }

    private Chain chain(Image... layers) {
        return host.chain("vda", layers);
    }

    private Step stream() {
        return new StreamLayer(VDA, a2, a1, Optional.of(a));
    }

    private Order streaming(RunState assumed, Chain chain) {
        return host.opening(assumed, List.of(chain), stream());
    }

    private HostResult runHearing(Order order, Consumer<PlanRunner> heard) {
        AtomicReference<PlanRunner> runner = new AtomicReference<>();
        host.journal().received(order, PLACE);
        runner.set(host.runner(UnaryOperator.identity(), progress -> {
            told.add(progress);
            heard.accept(runner.get());
        }));
        return runner.get().run(order);
    }

    private List<Image> layers() throws Exception {
        return host.guest().disk(VDA).orElseThrow().chain().layers();
    }

    private void check(Image image) throws Exception {
        TestHost.tool(
                "qemu-img", "check", "-q", "-U", "-f", "qcow2", image.file().value());
    }

    @Test
    void what_others_read_is_neither_committed_into_nor_removed_and_all_of_it_is_named() {
        HostResult result = host.run(host.opening(
                RunState.SHUTOFF,
                List.of(chain(a3, a2, a1, a)),
                new CommitLayer(VDA, a2, a1, List.of(a3)),
                new RemoveFile(a2.file()),
                new CommitLayer(VDA, a1, a, List.of(a3)),
                new RemoveFile(a1.file())));

        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(RejectionCode.WOULD_INVALIDATE);
            assertThat(refused.message()).contains(clone.file().value());
            assertThat(refused.shared()).containsExactly(a1.file());
        });
    }

    /**
     * QEMU keeps its tables to itself until it is told to write them out, and the header is in the file before. A guest that
     * stands still tells it nothing.
     */
    @Test
    void a_layer_reads_the_same_when_the_guest_is_killed_right_after_it_took_up_its_base() throws Exception {
        host.startGuest(List.of(chain(a2, a1, a)));
        host.hypervisor().pause(host.domain());

        HostResult result = host.run(
                streaming(RunState.PAUSED, chain(a2, a1, a)),
                j -> j,
                HypervisorSpy.after("stream", (_, _) -> host.killGuest()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        byte[] now = host.bytesOf(a2, a);
        assertThat(IntStream.range(4 << 20, 5 << 20).filter(at -> now[at] != 7))
                .as("bytes that the base had added and that are lost")
                .isEmpty();
    }

    @Test
    void at_rest_the_layer_takes_up_what_the_base_adds_once_and_can_be_put_back() throws Exception {
        byte[] before = host.bytesOf(a3, a2, a1, a);

        assertThat(host.run(streaming(RunState.SHUTOFF, chain(a3, a2, a1, a)))).isInstanceOf(HostResult.Finished.class);

        assertThat(host.bytesOf(a3, a2, a)).isEqualTo(before);
        check(a2);
        host.nextOperation();
        assertThat(host.run(host.rollback(1, List.of(stream())))).isInstanceOf(HostResult.Finished.class);
        assertThat(host.run(host.rollback(2, stream().reverse()))).isInstanceOf(HostResult.Finished.class);
        assertThat(host.run(host.rollback(3, stream().reverse()))).isInstanceOf(HostResult.Finished.class);
        assertThat(host.images().header(a2).backing()).contains(a1);
        assertThat(host.bytesOf(a3, a2, a1, a)).isEqualTo(before);
        check(a2);
    }

    @Test
    void beneath_a_running_guest_too_and_a_fold_of_another_layer_goes_on_after_it() throws Exception {
        host.startGuest(List.of(chain(a3, a2, a1, a)));

        HostResult result = host.run(host.opening(
                RunState.RUNNING,
                List.of(chain(a3, a2, a1, a)),
                stream(),
                new CommitLayer(VDA, a3, a2, List.of()),
                new RemoveFile(a3.file())));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(layers()).containsExactly(a2, a);
        assertThat(host.images().header(a2).backing()).contains(a);
        assertThat(host.images().inUse(a1.file())).isFalse();
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
        check(a2);
    }

    @Test
    void one_that_is_cancelled_under_a_guest_leaves_all_where_it_was_and_can_be_asked_for_again() throws Exception {
        host.commitAt(SLOWLY);
        host.startGuest(List.of(chain(a2, a1, a)));
        Order order = streaming(RunState.RUNNING, chain(a2, a1, a));

        HostResult result = runHearing(order, runner -> {
            host.journal().toCancel(order.key().operation(), PLACE);
            runner.cancel(order.key().operation());
        });

        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        failed -> assertThat(failed.failure()).isInstanceOf(Failure.Cancelled.class));
        assertThat(told.getFirst().kind()).isEqualTo("streamLayer");
        assertThat(told.getFirst().totalBytes()).isGreaterThanOrEqualTo(3 << 20);
        assertThat(layers()).containsExactly(a2, a1, a);
        assertThat(host.images().header(a2).backing()).contains(a1);
        host.goesOn();
        host.commitAt(0);
        host.nextOperation();
        assertThat(host.run(streaming(RunState.RUNNING, chain(a2, a1, a)))).isInstanceOf(HostResult.Finished.class);
        assertThat(layers()).containsExactly(a2, a);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void an_executor_that_ended_in_the_middle_is_followed_by_one_that_takes_it_over_or_takes_it_back()
            throws Exception {
        host.commitAt(SLOWLY);
        host.startGuest(List.of(chain(a2, a1, a)));
        Order order = streaming(RunState.RUNNING, chain(a2, a1, a));
        assertThatThrownBy(() -> runHearing(order, _ -> {
                    throw new JournalException("ended");
                }))
                .isInstanceOf(JournalException.class);
        host.restart();

        assertThat(host.run(host.rollback(2, stream().reverse()))).isInstanceOf(HostResult.Finished.class);
        assertThat(layers()).containsExactly(a2, a1, a);

        host.commitAt(SLOWLY << 3);
        host.nextOperation();
        Order again = streaming(RunState.RUNNING, chain(a2, a1, a));
        assertThatThrownBy(() -> runHearing(again, _ -> {
                    throw new JournalException("ended");
                }))
                .isInstanceOf(JournalException.class);
        host.restart();
        assertThat(host.run(again)).isInstanceOf(HostResult.Finished.class);
        assertThat(layers()).containsExactly(a2, a);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void a_guest_that_was_killed_in_the_middle_leaves_what_is_finished_at_rest() throws Exception {
        byte[] before = host.bytesOf(a2, a1, a);
        host.commitAt(SLOWLY);
        host.startGuest(List.of(chain(a2, a1, a)));
        host.hypervisor().pause(host.domain());
        Order order = streaming(RunState.PAUSED, chain(a2, a1, a));

        HostResult result = runHearing(order, _ -> {
            try {
                host.hypervisor().stop(host.domain());
            } catch (io.snapledger.executor.port.HostException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        assertThat(host.images().header(a2).backing()).contains(a1);
        host.nextOperation();
        assertThat(host.run(streaming(RunState.SHUTOFF, chain(a2, a1, a)))).isInstanceOf(HostResult.Finished.class);
        check(a2);
        assertThat(host.bytesOf(a2, a).length).isEqualTo(before.length);
    }

    @Test
    void a_layer_that_holds_a_tag_stays_where_it_is() throws Exception {
        TestHost.tool("qemu-img", "snapshot", "-c", "by hand", a2.file().value());

        HostResult result = host.run(streaming(RunState.SHUTOFF, chain(a2, a1, a)));

        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(RejectionCode.WOULD_CORRUPT);
            assertThat(refused.message()).contains("\"by hand\"");
        });
        assertThat(host.images().header(a2).backing()).contains(a1);
    }

    @Test
    void a_layer_that_lies_elsewhere_than_the_plan_says_is_left_there() throws Exception {
        HostResult result = host.run(host.rollback(
                1,
                List.of(new ReturnLayer(VDA, a3, a1, Optional.of(a)), new StreamLayer(VDA, a3, a1, Optional.of(a)))));

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        assertThat(host.images().header(a3).backing()).contains(a2);
    }
}
