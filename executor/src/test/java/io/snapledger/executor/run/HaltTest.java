package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections that leave the guest off, on a real one with two qcow2 disks. */
@Tag("qemu")
class HaltTest extends TwoDisks {
    private static final JournalSpy.Hook DYING = (_, _) -> {
        throw new JournalException("ended");
    };

    private HostPath memory;

    @BeforeEach
    void startGuest() throws Exception {
        layOut(TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2));
        memory = host.file("s1.mem");
        host.startGuest(host.definedChains());
    }

    private List<Step> halting(Step... captured) {
        List<Step> section = new ArrayList<>(List.of(captured));
        section.add(both());
        section.add(new StopGuest(after(), RunState.SHUTOFF));
        return List.of(new MakeOverlay(VDA, a1, a), new MakeOverlay(VDB, b1, b), new CriticalSection(section));
    }

    private List<Step> withMemory() {
        return halting(new SaveMemory(memory, Optional.of(Compression.ZSTD), false));
    }

    private Order opening(RunState assumed, List<Step> plan) {
        host.nextOperation();
        return host.opening(assumed, host.definedChains(), plan.toArray(new Step[0]));
    }

    private Order opening(List<Step> plan) {
        return opening(RunState.RUNNING, plan);
    }

    private boolean off() throws HostException {
        return host.hypervisor().look(host.domain()).isEmpty();
    }

    private void takenBackWithoutATrace(List<Step> plan) throws Exception {
        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.qcow2");
    }

    @Test
    void are_done_when_the_guest_is_gone_although_its_end_was_not_told() throws Exception {
        HostResult created = host.run(opening(halting()), j -> j, HypervisorSpy.after("stop", (_, _) -> {
            throw new HostException(new Failure.ConnectionLost("lost after stop"));
        }));

        assertThat(created).isInstanceOf(HostResult.Finished.class);
        assertThat(off()).isTrue();
    }

    @Test
    void leave_the_guest_off_with_nothing_written_since_and_its_memory_comes_back() throws Exception {
        HostResult created = host.run(opening(withMemory()));

        SavedMemory saved = memory(created);
        assertThat(off()).isTrue();
        assertThat(host.countOn(a1, a)).isEqualTo(host.countOn(a)).isPositive();
        int last = host.countOn(a);
        host.nextOperation();
        HostResult reverted = host.run(host.opening(
                RunState.SHUTOFF,
                after(),
                new StartGuest(
                        after(),
                        Optional.of(new MemoryFile(memory, saved, Optional.of(Compression.ZSTD))),
                        RunState.PAUSED)));
        assertThat(reverted).isInstanceOf(HostResult.Finished.class);
        Counters then = host.counters();
        assertThat(List.of(then.done(), host.countOn(b), last, then.count())).isSorted();
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void of_disks_alone_leave_the_guest_off_on_its_overlays() throws Exception {
        assertThat(host.run(opening(halting()))).isInstanceOf(HostResult.Finished.class);

        assertThat(off()).isTrue();
        assertThat(host.countOn(a) - host.countOn(b)).isBetween(0, 1);
        host.startGuest(after());
        host.goesOn();
    }

    @Test
    void with_states_inside_images_leave_the_guest_off() throws Exception {
        List<Step.Tag> tags = List.of(new Step.Tag(VDA, a, "t1"), new Step.Tag(VDB, b, "t1"));
        StopGuest halt = new StopGuest(host.definedChains(), RunState.SHUTOFF);

        assertThat(host.run(opening(List.of(new CriticalSection(List.of(new MakeTags(tags), halt))))))
                .isInstanceOf(HostResult.Finished.class);
        assertThat(off()).isTrue();
        host.startGuest(host.definedChains());
        List<Step.Tag> whole = List.of(new Step.Tag(VDA, a, "t2"), new Step.Tag(VDB, b, "t2"));
        assertThat(host.run(opening(
                        List.of(new CriticalSection(List.of(new SaveMachine("t2", a.file(), whole), halt))))))
                .isInstanceOf(HostResult.Finished.class);

        assertThat(off()).isTrue();
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).hasSize(2);
    }

    @Test
    void end_a_paused_guest_too() throws Exception {
        host.hypervisor().pause(host.domain());

        assertThat(host.run(opening(RunState.PAUSED, withMemory()))).isInstanceOf(HostResult.Finished.class);

        assertThat(off()).isTrue();
    }

    @Test
    void whose_memory_cannot_be_kept_leave_the_guest_running_on_its_disks() throws Exception {
        List<Step> plan = withMemory();
        UnaryOperator<Hypervisor> blocking =
                HypervisorSpy.after("saveMemory", (_, _) -> Files.createDirectory(Path.of(memory.value())));

        HostResult failed = host.run(opening(plan), j -> j, blocking);
        Files.delete(Path.of(memory.value()));

        assertThat(failed).isInstanceOf(HostResult.Failed.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        host.goesOn();
        takenBackWithoutATrace(plan);
    }

    @Test
    void whose_guest_does_not_end_let_it_go_on_without_a_memory_that_is_not_its_own_any_more() throws Exception {
        List<Step> plan = withMemory();
        UnaryOperator<Hypervisor> refusing = HypervisorSpy.before("stop", (_, _) -> {
            throw HostException.refused("it will not end");
        });

        HostResult failed = host.run(opening(plan), j -> j, refusing);

        assertThat(failed)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.run().outcomes().getLast()).isInstanceOf(StepOutcome.Unknown.class));
        assertThat(host.files()).noneMatch(f -> f.contains("mem"));
        host.goesOn();
        takenBackWithoutATrace(plan);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "saveMemory", "stop"})
    void are_finished_by_the_next_executor_wherever_one_ended(String last) throws Exception {
        for (boolean before : List.of(true, false)) {
            if (off()) {
                host.close();
                startGuest();
            }
            Order order = opening(withMemory());
            assertThatThrownBy(() -> host.run(
                            order,
                            j -> j,
                            before ? HypervisorSpy.before(last, DYING) : HypervisorSpy.after(last, DYING)))
                    .isInstanceOf(JournalException.class);

            SavedMemory saved = memory(host.run(order));

            assertThat(off()).isTrue();
            MemoryFiles.verify(new MemoryFile(memory, saved, Optional.of(Compression.ZSTD)));
            assertThat(host.files())
                    .containsExactly("s1.mem", "vda.qcow2", "vda.s1.qcow2", "vdb.qcow2", "vdb.s1.qcow2");
        }
    }

    @Test
    void whose_guest_dies_with_the_executor_are_no_success_without_the_memory() throws Exception {
        List<Step> plan = withMemory();
        Order order = opening(plan);
        assertThatThrownBy(() -> host.run(order, j -> j, HypervisorSpy.before("saveMemory", (_, _) -> {
                    host.hypervisor().stop(host.domain());
                    throw new JournalException("ended");
                })))
                .isInstanceOf(JournalException.class);

        HostResult result = host.run(order);

        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains("ended inside the pause"));
        takenBackWithoutATrace(plan);
        assertThat(off()).isTrue();
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
