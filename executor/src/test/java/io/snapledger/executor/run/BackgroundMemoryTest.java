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
import io.snapledger.schema.operation.MemoryWay;
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
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memories of one moment that are written while the guest has long gone on, of a real one with a qcow2 disk and a raw one. */
@Tag("qemu")
class BackgroundMemoryTest extends TwoDisks {
    private HostPath memory;

    @BeforeEach
    void startGuest() throws Exception {
        startGuest(Accelerator.TCG);
        HostResult probe = host.run(opening(List.of(new CriticalSection(List.of(live(host.file("probe.mem")))))));
        Files.delete(Path.of(host.file("probe.mem").value()));
        Assumptions.assumeTrue(
                done(probe).way().equals(Optional.of(MemoryWay.BACKGROUND)),
                "QEMU cannot write a memory in the background here: it needs Linux' userfaultfd write protection, as root or"
                        + " with vm.unprivileged_userfaultfd; the log says what it answered");
    }

    private void startGuest(Accelerator accelerator) throws Exception {
        layOut(accelerator, TestHost.DEADLINES);
        host.startGuest(host.definedChains());
    }

    private void layOut(Accelerator accelerator, Deadlines deadlines) throws Exception {
        layOut(TestHost.withDisks(accelerator, deadlines, ImageFormat.QCOW2, ImageFormat.RAW));
        memory = host.file("s1.mem");
    }

    /** With what takes its time to be sent. */
    private void fillMemory() throws IOException {
        Path noise = host.hypervisor().socketFolder().resolveSibling("noise");
        byte[] content = new byte[16 << 20];
        new Random(7).nextBytes(content);
        Files.write(noise, content);
        Path definition = noise.resolveSibling("definitions").resolve("counter.json");
        Files.writeString(
                definition,
                Files.readString(definition)
                        .replace(
                                "\"-m\", \"64M\"",
                                "\"-m\", \"64M\", \"-device\", \"loader,file=" + noise
                                        + ",addr=0x1000000,force-raw=on\""));
    }

    private static SaveMemory live(HostPath file) {
        return new SaveMemory(file, Optional.empty(), true);
    }

    private List<Step> snapshot(Step... more) {
        List<Step> section = new ArrayList<>(List.of(live(memory), both()));
        section.addAll(List.of(more));
        return List.of(new MakeOverlay(VDA, a1, a), new MakeOverlay(VDB, b1, b), new CriticalSection(section));
    }

    private Order opening(List<Step> plan) {
        host.nextOperation();
        return host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0]));
    }

    private static StepOutcome.Done done(HostResult result) {
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        return (StepOutcome.Done)
                ((HostResult.Finished) result).run().outcomes().getLast();
    }

    private void comesBackWhole(HostResult result) throws Exception {
        StepOutcome.Done done = done(result);
        Counters later = host.counters();
        Image a2 = host.overlay("vda", "r1");
        Image b2 = host.overlay("vdb", "r1");
        host.nextOperation();
        HostResult reverted = host.run(host.opening(
                RunState.RUNNING,
                after(),
                new MakeOverlay(VDA, a2, a),
                new MakeOverlay(VDB, b2, b),
                new StopGuest(after(), RunState.RUNNING),
                new StartGuest(
                        List.of(host.chain("vda", a2, a), host.chain("vdb", b2, b)),
                        Optional.of(new MemoryFile(memory, done.memory().orElseThrow())),
                        RunState.PAUSED)));
        assertThat(reverted).isInstanceOf(HostResult.Finished.class);
        Counters then = host.counters();
        assertThat(then.count()).isLessThan(later.count());
        assertThat(List.of(then.done(), host.countOn(b), host.countOn(a), then.count()))
                .isSorted();
        assertThat(then.count() - then.done()).isLessThanOrEqualTo(1);
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
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

    @ParameterizedTest
    @EnumSource(Accelerator.class)
    void come_back_with_their_disks(Accelerator accelerator) throws Exception {
        host.close();
        startGuest(accelerator);

        HostResult result = host.run(opening(snapshot()));

        assertThat(done(result).way()).contains(MemoryWay.BACKGROUND);
        host.goesOn();
        comesBackWhole(result);
    }

    @Test
    void go_with_a_state_inside_an_image() throws Exception {
        HostResult result = host.run(opening(List.of(
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(
                        live(memory),
                        new MakeTags(List.of(new Step.Tag(VDA, a, "t1"))),
                        new SwitchActive(List.of(new Switch(VDB, b, b1))))))));

        assertThat(done(result).way()).contains(MemoryWay.BACKGROUND);
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).hasSize(1);
        host.goesOn();
    }

    @Test
    void of_a_guest_that_is_to_be_off_are_written_up_to_its_end() throws Exception {
        HostResult result = host.run(opening(snapshot(new StopGuest(after(), RunState.SHUTOFF))));

        assertThat(done(result).way()).contains(MemoryWay.SWITCH_OVER);
        assertThat(host.hypervisor().look(host.domain())).isEmpty();
    }

    @Test
    void that_fail_are_taken_back_and_the_next_one_is_written_as_well() throws Exception {
        List<Step> plan = snapshot();
        Path part = Path.of(MemoryFiles.part(memory).value());
        UnaryOperator<Hypervisor> blocking =
                HypervisorSpy.before("saveMemoryLive", (_, _) -> Files.createDirectory(part));

        HostResult failed = host.run(opening(plan), j -> j, blocking);

        assertThat(failed)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.run().outcomes().getLast()).isInstanceOf(StepOutcome.Unknown.class));
        Files.deleteIfExists(part);
        takenBackWithoutATrace(plan);
        HostResult again = host.run(opening(plan));
        assertThat(done(again).way()).contains(MemoryWay.BACKGROUND);
        host.goesOn();
        comesBackWhole(again);
    }

    /** One that was cancelled would leave pages write-protected that nobody sees to, and QEMU could save no memory any more. */
    @Test
    void that_do_not_end_in_time_are_given_up_and_the_next_one_is_written_as_well() throws Exception {
        host.close();
        Deadlines usual = TestHost.DEADLINES;
        layOut(
                Accelerator.TCG,
                new Deadlines(
                        usual.monitorReply(),
                        Duration.ofMillis(1),
                        usual.blockJob(),
                        usual.imageTool(),
                        usual.guestStart(),
                        usual.guestStop(),
                        usual.agentReply(),
                        usual.freeze()));
        fillMemory();
        host.startGuest(host.definedChains());
        List<Step> plan = snapshot();

        HostResult failed = host.run(opening(plan));

        assertThat(failed)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains("within 1 ms"));
        takenBackWithoutATrace(plan);
        host.restart();
        HostResult again = host.run(opening(plan));
        assertThat(done(again).way()).contains(MemoryWay.BACKGROUND);
        host.goesOn();
        comesBackWhole(again);
    }

    @Test
    void are_taken_back_when_the_executor_ends_after_the_disks_changed() throws Exception {
        List<Step> plan = snapshot();
        Order order = opening(plan);
        UnaryOperator<Hypervisor> killing = HypervisorSpy.before("saveMemoryLive", (_, arguments) -> {
            Hypervisor.AtSwitchOver work = (Hypervisor.AtSwitchOver) arguments[2];
            arguments[2] = (Hypervisor.AtSwitchOver) since -> {
                work.run(since);
                throw new JournalException("ended");
            };
        });
        UnaryOperator<Hypervisor> deaf = HypervisorSpy.before("putBack", (_, _) -> {
            throw new JournalException("ended");
        });
        assertThatThrownBy(() -> host.run(order, j -> j, h -> deaf.apply(killing.apply(h))))
                .isInstanceOf(JournalException.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        host.goesOn();
        takenBackWithoutATrace(plan);
    }
}
