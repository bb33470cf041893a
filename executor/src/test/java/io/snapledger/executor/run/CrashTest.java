package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The executor ends at every write to its journal, right before it and right after it, and another one goes on with the
 * same order on the same guest.
 */
@Tag("qemu")
class CrashTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final Set<String> WRITES = Set.of("begin", "finish", "switchedOver", "forget");

    private TestHost host;
    private Image a;
    private Image b;

    @BeforeEach
    void startGuest() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.RAW);
        a = host.disk("vda");
        b = host.disk("vdb");
        host.startGuest(host.definedChains());
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    @Test
    void a_snapshot_with_memory_is_finished_wherever_the_executor_ended() throws Exception {
        int crashes = 0;
        for (Ending ending = Ending.FIRST; ; ending = ending.next()) {
            Image a1 = host.overlay("vda", "s" + ending.call());
            Image b1 = host.overlay("vdb", "s" + ending.call());
            List<Step> plan = snapshot(a1, b1, "counter." + ending.call() + ".mem");
            host.nextOperation();
            Order order = host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0]));

            boolean crashed = crashes(order, ending);
            HostResult result = host.run(order);

            assertThat(result).as("ended at %s", ending).isInstanceOf(HostResult.Finished.class);
            assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
            assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a1, a);
            assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(b1, b);
            SavedMemory saved = memory(result);
            MemoryFiles.verify(new MemoryFile(host.file("counter." + ending.call() + ".mem"), saved));
            undo(plan);
            if (!crashed) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(7);
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void a_merge_is_finished_wherever_the_executor_ended_and_no_write_is_lost() throws Exception {
        int crashes = 0;
        for (Ending ending = Ending.FIRST; ; ending = ending.next()) {
            Image a1 = host.overlay("vda", "s" + ending.call());
            host.nextOperation();
            host.run(host.rollback(
                    1, List.of(new MakeOverlay(VDA, a1, a), new SwitchActive(List.of(new Switch(VDA, a, a1))))));
            host.goesOn();
            host.nextOperation();
            Order order = host.opening(
                    RunState.RUNNING,
                    List.of(new Chain(VDA, List.of(a1, a), false)),
                    new CommitLayer(VDA, a1, a, List.of()),
                    new RemoveFile(a1.file()));

            boolean crashed = crashes(order, ending);
            HostResult result = host.run(order);

            assertThat(result).as("ended at %s", ending).isInstanceOf(HostResult.Finished.class);
            assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
            int before = host.counters().done();
            assertThat(host.countOn(a)).isGreaterThanOrEqualTo(before);
            assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
            assertThat(host.journal().stale()).isEmpty();
            if (!crashed) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(8);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void a_revert_to_memory_is_finished_wherever_the_executor_ended() throws Exception {
        Image a1 = host.overlay("vda", "s");
        Image b1 = host.overlay("vdb", "s");
        SavedMemory saved = taken(a1, b1);
        int limit = host.counters().count();
        List<Chain> now = List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b));
        int crashes = 0;
        for (Ending ending = Ending.FIRST; ; ending = ending.next()) {
            List<Chain> then = List.of(
                    host.chain("vda", host.overlay("vda", "r" + ending), a),
                    host.chain("vdb", host.overlay("vdb", "r" + ending), b));
            Order order = revert(now, then, saved);

            boolean crashed = crashes(order, ending);
            HostResult result = host.run(order);

            assertThat(result).as("ended at %s", ending).isInstanceOf(HostResult.Finished.class);
            Counters counters = host.counters();
            assertThat(counters.errors()).isZero();
            assertThat(counters.count()).isLessThan(limit + 400);
            host.goesOn();
            now = then;
            if (!crashed) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(8);
    }

    /** Its memory does not fit any more what the disks hold, and what it wrote is the user's. */
    @Test
    void a_guest_that_was_loaded_and_wrote_and_ended_unseen_is_not_loaded_again() throws Exception {
        Image a1 = host.overlay("vda", "s");
        Image b1 = host.overlay("vdb", "s");
        SavedMemory saved = taken(a1, b1);
        Image a2 = host.overlay("vda", "r");
        Order order = revert(
                List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b)),
                List.of(host.chain("vda", a2, a), host.chain("vdb", host.overlay("vdb", "r"), b)),
                saved);
        endsWithTheGuest(order);
        int written = host.countOn(a2, a);

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.hypervisor().look(host.domain())).isEmpty();
        assertThat(host.countOn(a2, a)).isEqualTo(written).isGreaterThan(host.countOn(a));
    }

    @Test
    void disks_inside_their_images_are_taken_back_again_with_a_guest_that_ended_unseen() throws Exception {
        try (TestHost two = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2)) {
            Image c = two.disk("vda");
            Image d = two.disk("vdb");
            List<Step.Tag> tags = List.of(new Step.Tag(VDA, c, "s"), new Step.Tag(VDB, d, "s"));
            two.startGuest(two.definedChains());
            SavedMemory saved = memory(two.run(two.opening(
                    RunState.RUNNING,
                    two.definedChains(),
                    new CriticalSection(List.of(new MakeTags(tags), new SaveMemory(two.file("s.mem")))))));
            two.nextOperation();
            Order order = two.opening(
                    RunState.RUNNING,
                    two.definedChains(),
                    new StopGuest(two.definedChains(), RunState.RUNNING),
                    new RestoreTags(tags),
                    new StartGuest(
                            two.definedChains(),
                            Optional.of(new MemoryFile(two.file("s.mem"), saved)),
                            RunState.RUNNING));
            assertThatThrownBy(() -> two.run(
                            order,
                            j -> JournalSpy.before(j, (method, _) -> {
                                if (method.equals("finish")) {
                                    two.goesOn();
                                    throw new JournalException("ended");
                                }
                            })))
                    .isInstanceOf(JournalException.class);
            two.hypervisor().stop(two.domain());
            TestHost.tool(
                    "qemu-io",
                    "-f",
                    "qcow2",
                    "-c",
                    "write -P 7 6M 64k",
                    c.file().value());

            HostResult result = two.run(order);

            assertThat(result).isInstanceOf(HostResult.Finished.class);
            two.goesOn();
            assertThat(two.bytesOf(c)[6 << 20]).isZero();
        }
    }

    @Test
    void a_guest_that_ended_before_its_machine_was_loaded_is_started_again() throws Exception {
        try (TestHost two = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2)) {
            List<Step.Tag> tags =
                    List.of(new Step.Tag(VDA, two.disk("vda"), "s"), new Step.Tag(VDB, two.disk("vdb"), "s"));
            two.startGuest(two.definedChains());
            HostResult made = two.run(two.opening(
                    RunState.RUNNING,
                    two.definedChains(),
                    new Step.SaveMachine("s", two.disk("vda").file(), tags)));
            assertThat(made).isInstanceOf(HostResult.Finished.class);
            two.nextOperation();
            LoadMachine load = new LoadMachine("s", two.disk("vda").file(), tags, RunState.RUNNING);
            Order order = two.opening(
                    RunState.RUNNING,
                    two.definedChains(),
                    new StopGuest(two.definedChains(), RunState.RUNNING),
                    new RestoreTags(tags),
                    new StartGuest(two.definedChains(), Optional.empty(), RunState.PAUSED),
                    load);
            HostResult failed = two.run(
                    order,
                    j -> j,
                    HypervisorSpy.before(
                            "loadMachine", (_, _) -> two.hypervisor().stop(two.domain())));
            assertThat(failed).isInstanceOf(HostResult.Failed.class);

            HostResult result = two.run(two.rollback(2, List.of(load)));

            assertThat(result).isInstanceOf(HostResult.Finished.class);
            two.goesOn();
            assertThat(two.counters().errors()).isZero();
        }
    }

    @Test
    void after_the_switch_over_a_dead_guest_is_not_committed_again() throws Exception {
        Image a1 = host.overlay("vda", "s");
        host.run(host.rollback(
                1, List.of(new MakeOverlay(VDA, a1, a), new SwitchActive(List.of(new Switch(VDA, a, a1))))));
        host.goesOn();
        host.nextOperation();
        Order order = host.opening(
                RunState.RUNNING,
                List.of(new Chain(VDA, List.of(a1, a), false)),
                new CommitLayer(VDA, a1, a, List.of()),
                new RemoveFile(a1.file()));
        crashes(
                order,
                j -> JournalSpy.before(j, (method, arguments) -> {
                    if (method.equals("begin") && arguments[2].equals(1)) {
                        host.goesOn();
                        throw new JournalException("ended");
                    }
                }));
        host.hypervisor().stop(host.domain());
        byte[] before = host.bytesOf(a);

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.bytesOf(a)).isEqualTo(before);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
    }

    /** The executor was away when the guest ended, which had written to its overlays: only their reverse keeps that. */
    @Test
    void disks_that_may_have_changed_over_before_the_guest_ended_are_taken_back_with_what_was_written()
            throws Exception {
        Image a1 = host.overlay("vda", "s");
        Image b1 = host.overlay("vdb", "s");
        SwitchActive change = new SwitchActive(List.of(new Switch(VDA, a, a1), new Switch(VDB, b, b1)));
        Order order = host.opening(
                RunState.RUNNING,
                host.definedChains(),
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(new MakeTags(List.of(new Step.Tag(VDA, a, "s"))), change)));
        endsWithTheGuest(order);
        int written = host.countOn(a1, a);

        HostResult result = host.run(order);

        assertThat(lastOutcome(result)).isInstanceOf(StepOutcome.Unknown.class);
        List<Step> back = order.work().plan().steps().reversed().stream()
                .flatMap(s -> s.reverse().stream())
                .toList();
        assertThat(host.run(host.rollback(2, back))).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        assertThat(host.countOn(a)).isEqualTo(written);
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).isEmpty();
    }

    @Test
    void a_machine_that_was_saved_before_the_guest_ended_is_saved() throws Exception {
        Step.Tag tag = new Step.Tag(VDA, a, "s");
        Order order =
                host.opening(RunState.RUNNING, host.definedChains(), new Step.SaveMachine("s", a.file(), List.of(tag)));
        endsWithTheGuest(order);

        assertThat(host.run(order)).isInstanceOf(HostResult.Finished.class);
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).hasSize(1);
    }

    @Test
    void tags_of_a_machine_whose_guest_ended_before_it_could_go_on_are_taken_back() throws Exception {
        Step.Tag tag = new Step.Tag(VDA, a, "s");
        Order order =
                host.opening(RunState.RUNNING, host.definedChains(), new Step.SaveMachine("s", a.file(), List.of(tag)));

        HostResult result = host.run(order, j -> j, HypervisorSpy.after("saveMachine", (_, _) -> guestEnds()));

        assertThat(lastOutcome(result)).isInstanceOf(StepOutcome.Unknown.class);
        assertThat(host.run(host.rollback(2, List.of(new Step.RemoveTags(List.of(tag))))))
                .isInstanceOf(HostResult.Finished.class);
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).isEmpty();
    }

    /** Whoever starts it next, and stops it, would find it running. */
    @Test
    void a_guest_that_ended_in_its_pause_is_not_owed_its_going_on() throws Exception {
        Order order = host.opening(
                RunState.RUNNING,
                host.definedChains(),
                new CriticalSection(List.of(new SaveMemory(host.file("counter.mem")))));

        HostResult result = host.run(order, j -> j, HypervisorSpy.after("pause", (_, _) -> guestEnds()));

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        assertThat(host.journal().leftPaused(host.domain().id())).isEmpty();
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
    }

    private void guestEnds() throws Exception {
        host.hypervisor().stop(host.domain());
    }

    @Test
    void tags_that_only_some_disks_got_before_all_ended_are_made_anew() throws Exception {
        try (TestHost two = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2)) {
            List<Step.Tag> tags =
                    List.of(new Step.Tag(VDA, two.disk("vda"), "s"), new Step.Tag(VDB, two.disk("vdb"), "s"));
            Order order = two.opening(RunState.SHUTOFF, two.definedChains(), new MakeTags(tags));
            JournalSpy.Hook some = (_, _) -> {
                two.hypervisor().makeTags(two.domain(), tags.subList(0, 1));
                throw new JournalException("ended");
            };
            assertThatThrownBy(() -> two.run(order, j -> j, HypervisorSpy.before("makeTags", some)))
                    .isInstanceOf(JournalException.class);

            assertThat(two.run(order)).isInstanceOf(HostResult.Finished.class);
            two.hypervisor()
                    .tags(two.domain(), List.of(two.disk("vda"), two.disk("vdb")))
                    .forEach((image, found) -> assertThat(found).as("%s", image).hasSize(1));
        }
    }

    /** The executor when it is all done and not said yet, the guest when it has gone on. */
    private void endsWithTheGuest(Order order) throws Exception {
        assertThat(crashes(
                        order,
                        j -> JournalSpy.before(j, (method, _) -> {
                            if (method.equals("finish")) {
                                host.goesOn();
                                throw new JournalException("ended");
                            }
                        })))
                .isTrue();
        host.hypervisor().stop(host.domain());
    }

    private static StepOutcome lastOutcome(HostResult result) {
        assertThat(result).isInstanceOf(HostResult.Failed.class);
        return ((HostResult.Failed) result).run().outcomes().getLast();
    }

    /** Takes a snapshot with memory, the guest running, and tells what was saved. */
    private SavedMemory taken(Image a1, Image b1) {
        return memory(host.run(host.opening(
                RunState.RUNNING,
                host.definedChains(),
                snapshot(a1, b1, "s.mem").toArray(new Step[0]))));
    }

    /** Back to that snapshot, on overlays of its own. */
    private Order revert(List<Chain> now, List<Chain> then, SavedMemory saved) {
        host.nextOperation();
        return host.opening(
                RunState.RUNNING,
                now,
                new MakeOverlay(VDA, then.getFirst().active(), a),
                new MakeOverlay(VDB, then.getLast().active(), b),
                new StopGuest(now, RunState.RUNNING),
                new StartGuest(then, Optional.of(new MemoryFile(host.file("s.mem"), saved)), RunState.RUNNING));
    }

    private List<Step> snapshot(Image a1, Image b1, String memory) {
        return List.of(
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(
                        new SaveMemory(host.file(memory)),
                        new SwitchActive(List.of(new Switch(VDA, a, a1), new Switch(VDB, b, b1))))));
    }

    private void undo(List<Step> plan) throws Exception {
        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
    }

    /** The how many-th write to the journal the executor ends at, and on which side of it. */
    private record Ending(int call, boolean before) {
        static final Ending FIRST = new Ending(1, true);

        @Override
        public String toString() {
            return call + (before ? "before" : "after");
        }

        Ending next() {
            return before ? new Ending(call, false) : new Ending(call + 1, true);
        }
    }

    private boolean crashes(Order order, Ending ending) {
        AtomicInteger calls = new AtomicInteger();
        JournalSpy.Hook hook = (method, _) -> {
            if (WRITES.contains(method) && calls.incrementAndGet() == ending.call()) {
                throw new JournalException("ended");
            }
        };
        return crashes(order, j -> ending.before() ? JournalSpy.before(j, hook) : JournalSpy.after(j, hook));
    }

    private boolean crashes(Order order, UnaryOperator<Journal> wrapping) {
        try {
            host.run(order, wrapping);
            return false;
        } catch (JournalException e) {
            return true;
        }
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
