package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.run.SqliteJournal.Place;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Merges that would take half a minute, and are cancelled when the first is heard of them. */
@Tag("qemu")
class CancellingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final Place PLACE = new Place("t", 0, 1);
    private static final long SLOWLY = 128 << 10;

    private final List<OperationProgress> told = new ArrayList<>();
    private TestHost host;
    private Image a;
    private Image a1;
    private Chain chain;

    @BeforeEach
    void layOut() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2);
        a = host.disk("vda");
        a1 = overlay("vda", a);
        chain = host.chain("vda", a1, a);
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    /** Has four megabytes, away from where the guest writes. */
    private Image overlay(String target, Image base) throws Exception {
        return host.overlay(target, "s1", base, "write -P 7 4M 4M");
    }

    private Order merge(RunState assumed) {
        return host.opening(assumed, List.of(chain), new CommitLayer(VDA, a1, a, List.of()), new RemoveFile(a1.file()));
    }

    private HostResult runAndCancel(Order order) {
        return run(order, UnaryOperator.identity(), runner -> {
            host.journal().toCancel(order.key().operation(), PLACE);
            runner.cancel(order.key().operation());
        });
    }

    private HostResult run(
            Order order, UnaryOperator<Hypervisor> around, java.util.function.Consumer<PlanRunner> heard) {
        AtomicReference<PlanRunner> runner = new AtomicReference<>();
        host.journal().received(order, PLACE);
        runner.set(host.runner(around, progress -> {
            told.add(progress);
            heard.accept(runner.get());
        }));
        return runner.get().run(order);
    }

    private static void assertCancelled(HostResult result, int outcomes) {
        assertThat(result).isInstanceOfSatisfying(HostResult.Failed.class, failed -> {
            assertThat(failed.failure()).isInstanceOf(Failure.Cancelled.class);
            assertThat(failed.run().outcomes()).hasSize(outcomes).allMatch(StepOutcome.Failed.class::isInstance);
            assertThat(failed.leftovers()).isEmpty();
        });
    }

    private void assertMergesWhenAskedAgain(RunState assumed) throws Exception {
        host.commitAt(0);
        host.nextOperation();
        assertThat(host.run(merge(assumed))).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.qcow2");
        TestHost.tool("qemu-img", "check", "-q", "-U", "-f", "qcow2", a.file().value());
    }

    @Test
    void a_merge_under_a_guest_ends_before_its_switch_over_and_can_be_done_later() throws Exception {
        host.commitAt(SLOWLY);
        host.startGuest(List.of(chain, host.chain("vdb", host.disk("vdb"))));

        HostResult result = runAndCancel(merge(RunState.RUNNING));

        assertCancelled(result, 1);
        assertThat(told.getFirst().kind()).isEqualTo("commitLayer");
        assertThat(told.getFirst().totalBytes()).isGreaterThanOrEqualTo(4 << 20);
        assertThat(host.guest().disk(VDA).orElseThrow().chain()).isEqualTo(chain);
        host.goesOn();
        assertMergesWhenAskedAgain(RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
        int done = host.counters().done();
        assertThat(host.countOn(a)).isGreaterThanOrEqualTo(done);
    }

    @Test
    void a_merge_at_rest_ends_with_all_readable_through_its_top_and_can_be_done_later() throws Exception {
        host.commitAt(SLOWLY);
        byte[] before = host.bytesOf(a1, a);

        HostResult result = runAndCancel(merge(RunState.SHUTOFF));

        assertCancelled(result, 1);
        assertThat(host.bytesOf(a1, a)).isEqualTo(before);
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", a.file().value());
        assertMergesWhenAskedAgain(RunState.SHUTOFF);
        assertThat(host.bytesOf(a)).isEqualTo(before);
    }

    @Test
    void a_wish_that_comes_before_its_order_lets_nothing_begin() throws Exception {
        byte[] base = host.bytesOf(a);
        Order order = merge(RunState.SHUTOFF);
        host.journal().toCancel(order.key().operation(), PLACE);

        assertCancelled(host.run(order), 0);
        assertCancelled(host.run(order), 0);

        assertThat(host.bytesOf(a)).isEqualTo(base);
    }

    @Test
    void a_wish_that_comes_after_the_end_changes_nothing() {
        Order order = merge(RunState.SHUTOFF);
        HostResult result = host.run(order);

        host.journal().toCancel(order.key().operation(), PLACE);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.run(order)).isEqualTo(result);
    }

    @Test
    void a_wish_that_the_executor_did_not_live_to_fulfil_is_fulfilled_by_the_next_one() throws Exception {
        host.commitAt(SLOWLY);
        host.startGuest(List.of(chain, host.chain("vdb", host.disk("vdb"))));
        Order order = merge(RunState.RUNNING);
        assertThatThrownBy(() -> run(order, UnaryOperator.identity(), _ -> {
                    throw new JournalException("ended");
                }))
                .isInstanceOf(JournalException.class);
        host.journal().toCancel(order.key().operation(), PLACE);
        host.restart();

        HostResult result = host.run(order);

        assertCancelled(result, 1);
        assertThat(host.guest().disk(VDA).orElseThrow().chain()).isEqualTo(chain);
        assertMergesWhenAskedAgain(RunState.RUNNING);
    }

    @Test
    void once_one_disk_has_switched_over_all_go_forward_in_whatever_attempt() throws Exception {
        Image b = host.disk("vdb");
        Image b1 = overlay("vdb", b);
        host.startGuest(List.of(chain, host.chain("vdb", b1, b)));
        Order order = host.opening(
                RunState.RUNNING,
                List.of(chain, host.chain("vdb", b1, b)),
                new CommitLayer(VDA, a1, a, List.of()),
                new CommitLayer(VDB, b1, b, List.of()));
        AtomicInteger commits = new AtomicInteger();
        AtomicReference<PlanRunner> runner = new AtomicReference<>();
        host.journal().received(order, PLACE);
        runner.set(host.runner(
                HypervisorSpy.before("commitActive", (_, _) -> {
                    if (commits.incrementAndGet() == 2) {
                        host.journal().toCancel(order.key().operation(), PLACE);
                        runner.get().cancel(order.key().operation());
                    }
                }),
                Onlooker.NOBODY));

        HostResult result = runner.get().run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(b);
    }
}
