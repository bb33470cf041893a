package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memories that are written while the guest runs up to a switch-over, of a real one with a qcow2 disk and a raw one. */
@Tag("qemu")
class LiveMemoryTest extends TwoDisks {
    private HostPath memory;

    @BeforeEach
    void startGuest() throws Exception {
        startGuest(Accelerator.TCG, TestHost.DEADLINES);
    }

    private void startGuest(Accelerator accelerator, Deadlines deadlines) throws Exception {
        layOut(TestHost.withDisks(accelerator, deadlines, ImageFormat.QCOW2, ImageFormat.RAW));
        memory = host.file("s1.mem");
        host.hypervisor().doWithoutBackground("this is about the switch-over");
        host.startGuest(host.definedChains());
    }

    private SaveMemory live() {
        return new SaveMemory(memory, Optional.empty(), true);
    }

    private List<Step> snapshot(Step... section) {
        return List.of(new MakeOverlay(VDA, a1, a), new MakeOverlay(VDB, b1, b), new CriticalSection(List.of(section)));
    }

    private Order opening(List<Step> plan) {
        host.nextOperation();
        return host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0]));
    }

    private void bandwidth(long bytesPerSecond) throws IOException {
        host.tell("{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"max-bandwidth\":" + bytesPerSecond + "}}");
    }

    private void takenBackWithoutATrace(List<Step> plan) throws Exception {
        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    private void comesBackWhole(SavedMemory saved) throws Exception {
        int later = host.counters().count();
        Image a2 = host.overlay("vda", "r1");
        Image b2 = host.overlay("vdb", "r1");
        List<Step> plan = new ArrayList<>(List.of(new MakeOverlay(VDA, a2, a), new MakeOverlay(VDB, b2, b)));
        plan.add(new StopGuest(after(), RunState.RUNNING));
        plan.add(new StartGuest(
                List.of(host.chain("vda", a2, a), host.chain("vdb", b2, b)),
                Optional.of(new MemoryFile(memory, saved)),
                RunState.PAUSED));
        host.nextOperation();
        assertThat(host.run(host.opening(RunState.RUNNING, after(), plan.toArray(new Step[0]))))
                .isInstanceOf(HostResult.Finished.class);
        Counters then = host.counters();
        assertThat(then.count()).isLessThan(later);
        assertThat(List.of(then.done(), host.countOn(b), host.countOn(a), then.count()))
                .isSorted();
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void are_written_while_the_guest_counts_and_are_of_the_moment_of_the_disks() throws Exception {
        bandwidth(100_000);
        Order order = opening(snapshot(live(), both()));
        long from = System.nanoTime();
        CompletableFuture<HostResult> running = CompletableFuture.supplyAsync(() -> host.run(order));
        Path part = Path.of(MemoryFiles.part(memory).value());
        TestHost.await("something is written", () -> Files.exists(part) && Files.size(part) > 0);

        Counters first = host.counters();
        host.goesOn();
        host.goesOn();
        Counters second = host.counters();
        boolean stillWriting = Files.exists(part) && !running.isDone();
        bandwidth(10L << 30);
        HostResult result = running.get(20, TimeUnit.SECONDS);
        long all = (System.nanoTime() - from) / 1_000_000;

        assertThat(stillWriting).isTrue();
        assertThat(second.count() - first.count()).isGreaterThan(6);
        SavedMemory saved = memory(result);
        long paused = ((HostResult.Finished) result).run().pausedMillis().orElseThrow();
        assertThat(paused).isLessThan(all / 2);
        assertThat(host.countOn(a)).isGreaterThanOrEqualTo(second.done());
        host.goesOn();
        comesBackWhole(saved);
    }

    @ParameterizedTest
    @EnumSource(Accelerator.class)
    void come_back_with_their_disks(Accelerator accelerator) throws Exception {
        host.close();
        startGuest(accelerator, TestHost.DEADLINES);

        SavedMemory saved = memory(host.run(opening(snapshot(live(), both()))));

        host.goesOn();
        comesBackWhole(saved);
    }

    @Test
    void go_with_a_state_inside_an_image_and_an_overlay_of_the_same_moment() throws Exception {
        List<Step.Tag> tags = List.of(new Step.Tag(VDA, a, "t1"));

        HostResult result = host.run(opening(List.of(
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(
                        List.of(live(), new MakeTags(tags), new SwitchActive(List.of(new Switch(VDB, b, b1))))))));

        assertThat(memory(result).bytes()).isPositive();
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).hasSize(1);
        host.goesOn();
    }

    @Test
    void leave_the_guest_off_where_that_is_asked_for() throws Exception {
        HostResult result = host.run(opening(snapshot(live(), both(), new StopGuest(after(), RunState.SHUTOFF))));

        assertThat(memory(result).bytes()).isPositive();
        assertThat(host.hypervisor().look(host.domain())).isEmpty();
    }

    @Test
    void that_do_not_end_in_time_are_given_up_and_the_guest_runs() throws Exception {
        host.close();
        Deadlines usual = TestHost.DEADLINES;
        startGuest(
                Accelerator.TCG,
                new Deadlines(
                        usual.monitorReply(),
                        Duration.ofSeconds(1),
                        usual.blockJob(),
                        usual.imageTool(),
                        usual.guestStart(),
                        usual.guestStop(),
                        usual.agentReply(),
                        usual.freeze()));
        bandwidth(20_000);
        List<Step> plan = snapshot(live(), both());

        HostResult failed = host.run(opening(plan));

        assertThat(failed)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains("within 1000 ms"));
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        assertThat(host.files()).noneMatch(f -> f.contains("mem"));
        takenBackWithoutATrace(plan);
        bandwidth(10L << 30);
        assertThat(memory(host.run(opening(plan))).bytes()).isPositive();
    }

    @Test
    void that_cannot_be_written_leave_the_guest_running_on_its_disks() throws Exception {
        List<Step> plan = snapshot(live(), both());
        UnaryOperator<Hypervisor> blocking = HypervisorSpy.before(
                "saveMemoryLive",
                (_, _) -> Files.createDirectory(Path.of(MemoryFiles.part(memory).value())));

        HostResult failed = host.run(opening(plan), j -> j, blocking);
        Files.deleteIfExists(Path.of(MemoryFiles.part(memory).value()));

        assertThat(failed).isInstanceOf(HostResult.Failed.class);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        takenBackWithoutATrace(plan);
    }

    @Test
    void are_saved_anew_when_the_executor_ends_at_the_switch_over_before_the_disks_change() throws Exception {
        Order order = opening(snapshot(live(), both()));
        killedAtSwitchOver(order, false);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);

        SavedMemory saved = memory(host.run(order));

        host.goesOn();
        comesBackWhole(saved);
    }

    @Test
    void are_taken_back_when_the_executor_ends_after_the_disks_changed_and_before_they_are_whole() throws Exception {
        List<Step> plan = snapshot(live(), both());
        Order order = opening(plan);
        killedAtSwitchOver(order, true);

        HostResult result = host.run(order);

        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.run().outcomes().getLast()).isInstanceOf(StepOutcome.Unknown.class));
        host.goesOn();
        takenBackWithoutATrace(plan);
    }

    @Test
    void are_finished_when_the_executor_ends_before_the_guest_goes_on() throws Exception {
        Order order = opening(snapshot(live(), both()));
        assertThatThrownBy(() -> host.run(order, j -> j, HypervisorSpy.before("putBack", (_, _) -> {
                    throw new JournalException("ended");
                })))
                .isInstanceOf(JournalException.class);

        SavedMemory saved = memory(host.run(order));

        host.goesOn();
        comesBackWhole(saved);
    }

    /** QEMU is left alone where the work at the switch-over is done, as it is when the executor's process is killed. */
    private void killedAtSwitchOver(Order order, boolean afterTheWork) throws Exception {
        UnaryOperator<Hypervisor> killing = HypervisorSpy.before("saveMemoryLive", (_, arguments) -> {
            Hypervisor.AtSwitchOver work = (Hypervisor.AtSwitchOver) arguments[2];
            arguments[2] = (Hypervisor.AtSwitchOver) since -> {
                if (afterTheWork) {
                    work.run(since);
                }
                throw new JournalException("ended");
            };
        });
        UnaryOperator<Hypervisor> deaf = HypervisorSpy.before("putBack", (_, _) -> {
            throw new JournalException("ended");
        });
        assertThatThrownBy(() -> host.run(order, j -> j, h -> deaf.apply(killing.apply(h))))
                .isInstanceOf(JournalException.class);
        host.restart();
    }

    private static SavedMemory memory(HostResult result) {
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        return ((HostResult.Finished) result)
                .run().outcomes().stream()
                        .map(StepOutcome.Done.class::cast)
                        .flatMap(o -> o.memory().stream())
                        .findFirst()
                        .orElseThrow();
    }
}
