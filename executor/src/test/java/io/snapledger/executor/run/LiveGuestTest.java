package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Plans on a real guest: one qcow2 disk and one raw. */
@Tag("qemu")
class LiveGuestTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    private TestHost host;
    private Image a;
    private Image b;

    @BeforeEach
    void startGuest() throws Exception {
        startGuest(Accelerator.TCG);
    }

    private void startGuest(Accelerator accelerator) throws Exception {
        host = TestHost.withDisks(accelerator, ImageFormat.QCOW2, ImageFormat.RAW);
        a = host.disk("vda");
        b = host.disk("vdb");
        host.startGuest(host.definedChains());
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    @Test
    void a_disk_only_snapshot_is_crash_consistent_and_the_guest_goes_on() throws Exception {
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");

        HostResult result = host.run(host.opening(
                RunState.RUNNING, host.definedChains(), make(VDA, a1, a), make(VDB, b1, b), both(a, a1, b, b1)));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        host.goesOn();
        int first = host.countOn(a);
        int second = host.countOn(b);
        assertThat(first - second).isBetween(0, 1);
        assertThat(host.countOn(a1, a)).isGreaterThan(first);
        assertThat(host.counters().errors()).isZero();
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a1, a);
        assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(b1, b);
    }

    @Test
    void memory_and_disks_come_back_together_with_kvm_too() throws Exception {
        host.close();
        startGuest(Accelerator.KVM_ELSE_TCG);
        revertToMemory();
    }

    @Test
    void memory_and_disks_come_back_together_and_go_on_from_there() throws Exception {
        revertToMemory();
    }

    private void revertToMemory() throws Exception {
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");
        HostResult created = host.run(host.opening(
                RunState.RUNNING,
                host.definedChains(),
                make(VDA, a1, a),
                make(VDB, b1, b),
                section(both(a, a1, b, b1))));
        SavedMemory saved = memory(created);
        host.goesOn();
        int later = host.counters().count();

        Image a2 = host.overlay("vda", "s1.2");
        Image b2 = host.overlay("vdb", "s1.2");
        host.nextOperation();
        HostResult reverted = host.run(host.opening(
                RunState.RUNNING,
                List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b)),
                make(VDA, a2, a),
                make(VDB, b2, b),
                new StopGuest(List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b)), RunState.RUNNING),
                new StartGuest(
                        List.of(host.chain("vda", a2, a), host.chain("vdb", b2, b)),
                        Optional.of(new MemoryFile(host.file("counter.s1.mem"), saved)),
                        RunState.PAUSED)));

        assertThat(reverted).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);
        Counters then = host.counters();
        int first = host.countOn(a);
        int second = host.countOn(b);
        assertThat(then.count()).isLessThan(later);
        assertThat(List.of(then.done(), second, first, then.count())).isSorted();
        assertThat(then.count() - then.done()).isLessThanOrEqualTo(1);
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
        assertThat(((HostResult.Finished) created).run().pausedMillis()).isPresent();
    }

    @Test
    void a_paused_guest_stays_paused_through_a_snapshot_with_memory() throws Exception {
        host.hypervisor().pause(host.domain());
        Counters before = host.counters();
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");

        HostResult created = host.run(host.opening(
                RunState.PAUSED,
                host.definedChains(),
                make(VDA, a1, a),
                make(VDB, b1, b),
                section(both(a, a1, b, b1))));

        assertThat(memory(created).bytes()).isPositive();
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);
        assertThat(host.counters().count() - before.count()).isBetween(0, 1);
    }

    @Test
    void the_active_layer_is_committed_under_the_running_guest() throws Exception {
        Image a1 = snapshot(VDA, a, "s1");

        host.nextOperation();
        HostResult merged = host.run(host.opening(
                RunState.RUNNING,
                List.of(host.chain("vda", a1, a)),
                new CommitLayer(VDA, a1, a, List.of()),
                new RemoveFile(a1.file())));

        assertThat(merged).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
        assertThat(host.countOn(a)).isGreaterThan(5);
    }

    @Test
    void a_layer_in_the_middle_is_committed_and_the_guest_reads_the_same() throws Exception {
        Image a1 = snapshot(VDA, a, "s1");
        host.goesOn();
        Image a2 = snapshot(VDA, a1, "s2");
        byte[] before = host.bytesOf(a1, a);

        host.nextOperation();
        HostResult deleted = host.run(host.opening(
                RunState.RUNNING,
                List.of(host.chain("vda", a2, a1, a)),
                new CommitLayer(VDA, a1, a, List.of(a2)),
                new RemoveFile(a1.file())));

        assertThat(deleted).isInstanceOf(HostResult.Finished.class);
        assertThat(host.bytesOf(a)).isEqualTo(before);
        assertThat(host.images().header(a2).backing()).contains(a);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a2, a);
        host.goesOn();
        assertThat(host.files()).containsExactly("vda.qcow2", "vda.s2.qcow2", "vdb.raw");
    }

    @Test
    void a_guest_started_on_a_chain_can_commit_every_layer_of_it() throws Exception {
        Image a1 = snapshot(VDA, a, "s1");
        Image a2 = snapshot(VDA, a1, "s2");
        List<io.snapledger.schema.disk.Chain> chains = List.of(host.chain("vda", a2, a1, a), host.chain("vdb", b));
        host.hypervisor().stop(host.domain());
        host.startGuest(chains);

        host.nextOperation();
        HostResult merged = host.run(host.opening(
                RunState.RUNNING,
                chains,
                new CommitLayer(VDA, a1, a, List.of(a2)),
                new CommitLayer(VDA, a2, a, List.of()),
                new RemoveFile(a1.file()),
                new RemoveFile(a2.file())));

        assertThat(merged).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        host.goesOn();
    }

    @Test
    void what_a_plan_did_before_it_failed_is_taken_back_without_a_trace() throws Exception {
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");
        List<Step> plan = List.of(make(VDA, a1, a), make(VDB, b1, b), section(both(a, a1, b, b1)));
        java.nio.file.Path blocked = java.nio.file.Path.of(b1.file().value());
        JournalSpy.Hook block = (method, _) -> {
            if (method.equals("begin") && java.nio.file.Files.notExists(blocked)) {
                java.nio.file.Files.createFile(blocked);
            }
        };

        HostResult failed = host.run(
                host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0])),
                j -> JournalSpy.after(j, block));
        java.nio.file.Files.delete(blocked);

        assertThat(failed).isInstanceOfSatisfying(HostResult.Failed.class, f -> {
            assertThat(f.leftovers()).contains(a1.file());
            assertThat(f.run().outcomes()).hasSize(2);
            assertThat(f.run().outcomes().getLast()).isInstanceOf(StepOutcome.Failed.class);
        });
        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        host.goesOn();
    }

    @Test
    void a_snapshot_on_which_the_guest_has_run_is_taken_back_by_a_commit() throws Exception {
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");
        List<Step> plan = List.of(make(VDA, a1, a), make(VDB, b1, b), section(both(a, a1, b, b1)));
        host.run(host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0])));
        host.goesOn();

        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));

        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void a_host_that_is_otherwise_than_the_plan_assumes_is_left_alone() throws Exception {
        Image a1 = host.overlay("vda", "s1");

        HostResult result = host.run(host.opening(RunState.SHUTOFF, host.definedChains(), make(VDA, a1, a)));

        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
            assertThat(r.code()).isEqualTo(RejectionCode.WRONG_STATE);
            assertThat(r.seen().runState()).isEqualTo(RunState.RUNNING);
            assertThat(r.seen().disks()).containsExactlyElementsOf(host.definedChains());
        });
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
    }

    private Image snapshot(DiskTarget target, Image from, String name) {
        Image to = host.overlay(target.value(), name);
        host.nextOperation();
        HostResult result = host.run(host.rollback(
                1, List.of(make(target, to, from), new SwitchActive(List.of(new Switch(target, from, to))))));
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        return to;
    }

    private static MakeOverlay make(DiskTarget target, Image overlay, Image backing) {
        return new MakeOverlay(target, overlay, backing);
    }

    private static SwitchActive both(Image a, Image a1, Image b, Image b1) {
        return new SwitchActive(List.of(new Switch(VDA, a, a1), new Switch(VDB, b, b1)));
    }

    private CriticalSection section(SwitchActive disks) {
        return new CriticalSection(List.of(new SaveMemory(host.file("counter.s1.mem")), disks));
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
