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
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the ledger has given up is not gone on with, whatever the host had of it. */
@Tag("qemu")
class AbandoningTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Place PLACE = new Place("t", 0, 1);
    private static final long SLOWLY = 128 << 10;

    private TestHost host;
    private Image disk;
    private Chain chain;

    @BeforeEach
    void layOut() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        disk = host.disk("vda");
        chain = host.chain("vda", disk);
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private Order makingTwo() {
        return host.opening(
                RunState.SHUTOFF,
                List.of(chain),
                new MakeOverlay(VDA, host.overlay("vda", "s1"), disk),
                new MakeOverlay(VDA, host.overlay("vda", "s2"), disk));
    }

    private void giveUp(Order order) {
        host.journal().abandoned(order.domainId(), order.key().operation(), List.of(), PLACE);
    }

    private static void assertGivenUp(HostResult result, int outcomes) {
        assertThat(result).isInstanceOfSatisfying(HostResult.Failed.class, failed -> {
            assertThat(failed.failure()).isInstanceOf(Failure.Cancelled.class);
            assertThat(failed.run().outcomes()).hasSize(outcomes);
        });
    }

    @Test
    void an_order_that_was_given_up_before_it_began_changes_nothing() throws Exception {
        Order order = makingTwo();
        host.journal().received(order, PLACE);
        giveUp(order);

        assertGivenUp(host.runner().run(order), 0);

        assertThat(host.files()).containsExactly("vda.qcow2");
    }

    @Test
    void one_that_runs_begins_no_further_step_and_what_it_made_is_nobodys_to_remove() throws Exception {
        Order order = makingTwo();
        host.journal().received(order, PLACE);
        AtomicReference<PlanRunner> runner = new AtomicReference<>();
        runner.set(new PlanRunner(
                host.hypervisor(), host.images(), host.storage(), JournalSpy.after(host.journal(), (method, _) -> {
                    if (method.equals("begin")) {
                        giveUp(order);
                        runner.get().giveUp(order.key().operation());
                    }
                })));

        assertGivenUp(runner.get().run(order), 1);

        assertThat(host.files()).containsExactly("vda.qcow2", "vda.s1.qcow2");
        assertThat(host.journal().known()).noneMatch(Journal.Known::leftOver);
    }

    @Test
    void an_attempt_that_comes_when_all_is_given_up_is_not_taken() {
        Order order = makingTwo();
        giveUp(order);

        assertThat(host.journal().received(order, PLACE)).isEqualTo(SqliteJournal.Reception.OUTDATED);
    }

    @Test
    void what_was_left_over_is_not_told_as_such_any_more() throws Exception {
        Order order = makingTwo();
        host.journal().received(order, PLACE);
        host.run(order);
        Order back = host.rollback(2, List.of(new RemoveFile(host.file("elsewhere"))));
        host.journal().received(back, PLACE);

        giveUp(order);

        assertThat(host.journal().known()).isNotEmpty().allMatch(k -> !k.leftOver());
    }

    @Test
    void a_commit_that_qemu_went_on_with_while_no_executor_ran_is_ended() throws Exception {
        Image top = host.overlay("vda", "s1", disk, "write -P 7 4M 4M");
        Chain both = host.chain("vda", top, disk);
        host.commitAt(SLOWLY);
        host.startGuest(List.of(both));
        Order order = host.opening(
                RunState.RUNNING,
                List.of(both),
                new CommitLayer(VDA, top, disk, List.of()),
                new RemoveFile(top.file()));
        host.journal().received(order, PLACE);
        assertThatThrownBy(() -> host.runner(UnaryOperator.identity(), _ -> {
                            throw new JournalException("ended");
                        })
                        .run(order))
                .isInstanceOf(JournalException.class);
        giveUp(order);
        host.restart();

        List<HostResult> results = new ArrayList<>();
        host.journal().unfinished().forEach(o -> results.add(host.runner().run(o)));

        assertThat(results).hasSize(1);
        assertGivenUp(results.getFirst(), 1);
        assertThat(host.guest().disk(VDA).orElseThrow().chain()).isEqualTo(both);
        host.goesOn();
        host.commitAt(0);
        host.nextOperation();
        assertThat(host.run(host.opening(RunState.RUNNING, List.of(both), new CommitLayer(VDA, top, disk, List.of()))))
                .isInstanceOf(HostResult.Finished.class);
    }
}
