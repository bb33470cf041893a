package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Internal states of two qcow2 disks, on real images with and without a real guest. */
@org.junit.jupiter.api.Tag("qemu")
class TagsTest {
    private static final DiskTarget VDB = new DiskTarget("vdb");

    private TestHost host;
    private Image a;
    private Image b;

    @BeforeEach
    void makeHost() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2);
        a = host.disk("vda");
        b = host.disk("vdb");
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private List<Tag> tags(String name) {
        return List.of(new Tag(new DiskTarget("vda"), a, name), new Tag(new DiskTarget("vdb"), b, name));
    }

    private HostResult run(RunState assumed, Step... steps) {
        host.nextOperation();
        return host.run(host.opening(assumed, host.definedChains(), steps));
    }

    private List<String> names(Image image) throws HostException {
        return host.hypervisor().tags(host.domain(), List.of(image)).get(image).stream()
                .map(StoredTag::name)
                .toList();
    }

    /** The counter on the disk as it is in the tag. */
    private int countIn(Image image, String tag) throws Exception {
        String raw = host.file("out-" + tag + ".raw").value();
        TestHost.tool(
                "qemu-img",
                "convert",
                "-U",
                "-l",
                "snapshot.name=" + tag,
                "-O",
                "raw",
                "--image-opts",
                "driver=qcow2,file.driver=file,file.filename=" + image.file(),
                raw);
        int count = CounterGuest.countOn(Path.of(raw));
        Files.delete(Path.of(raw));
        return count;
    }

    @Test
    void of_a_guest_that_is_off_are_made_together_and_pass_the_check() throws Exception {
        HostResult made = run(RunState.SHUTOFF, new MakeTags(tags("t1")));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        assertThat(names(a)).containsExactly("t1");
        assertThat(names(b)).containsExactly("t1");
        TestHost.tool("qemu-img", "check", "-f", "qcow2", a.file().value());
        assertThat(run(RunState.SHUTOFF, new RemoveTags(tags("t1")))).isInstanceOf(HostResult.Finished.class);
        assertThat(names(a)).isEmpty();
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.qcow2");
    }

    @Test
    void of_a_running_guest_are_of_one_instant_and_the_guest_goes_on() throws Exception {
        host.startGuest(host.definedChains());

        HostResult made = run(RunState.RUNNING, new MakeTags(tags("t1")));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        host.goesOn();
        int first = countIn(a, "t1");
        assertThat(first - countIn(b, "t1")).isBetween(0, 1);
        assertThat(first).isPositive().isLessThan(host.counters().count());
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void one_that_is_there_already_refuses_them_all() throws Exception {
        TestHost.tool("qemu-img", "snapshot", "-c", "t1", b.file().value());

        HostResult made = run(RunState.SHUTOFF, new MakeTags(tags("t1")));

        assertThat(made).isInstanceOf(HostResult.Failed.class);
        assertThat(names(a)).isEmpty();
        assertThat(names(b)).containsExactly("t1");
    }

    @Test
    void with_the_memory_hold_the_whole_machine_of_one_instant() throws Exception {
        host.startGuest(host.definedChains());
        Counters before = host.counters();

        HostResult saved = run(RunState.RUNNING, new SaveMachine("whole", a.file(), tags("whole")));

        assertThat(saved).isInstanceOf(HostResult.Finished.class);
        assertThat(((HostResult.Finished) saved).run().pausedMillis())
                .hasValueSatisfying(ms -> assertThat(ms).isPositive());
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        host.goesOn();
        int first = countIn(a, "whole");
        assertThat(first - countIn(b, "whole")).isBetween(0, 1);
        assertThat(first).isBetween(before.count() - 1, host.counters().count());
        assertThat(host.hypervisor()
                        .tags(host.domain(), List.of(a))
                        .get(a)
                        .getFirst()
                        .memoryBytes())
                .isGreaterThan(100_000);
    }

    @Test
    void with_the_memory_bring_the_whole_machine_back() throws Exception {
        host.startGuest(host.definedChains());
        run(RunState.RUNNING, new CriticalSection(List.of(new SaveMachine("whole", a.file(), tags("whole")))));
        int then = countIn(a, "whole");
        host.goesOn();
        host.goesOn();

        HostResult reverted = run(
                RunState.RUNNING,
                new StopGuest(host.definedChains(), RunState.RUNNING),
                new RestoreTags(tags("whole")),
                new StartGuest(host.definedChains(), Optional.empty(), RunState.PAUSED),
                new LoadMachine("whole", a.file(), tags("whole"), RunState.PAUSED));

        assertThat(reverted).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);
        Counters back = host.counters();
        assertThat(back.count() - then).isBetween(0, 1);
        assertThat(List.of(back.done(), host.countOn(b), host.countOn(a), back.count()))
                .isSorted();
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void one_that_is_not_there_is_found_before_the_guest_is_stopped() throws Exception {
        host.startGuest(host.definedChains());

        HostResult reverted = run(
                RunState.RUNNING,
                new StopGuest(host.definedChains(), RunState.RUNNING),
                new RestoreTags(tags("nothing")));

        assertThat(reverted)
                .isInstanceOfSatisfying(
                        HostResult.Refused.class, r -> assertThat(r.message()).contains("nothing"));
        host.goesOn();
    }

    @Test
    void whose_name_is_the_number_of_another_are_not_restored() throws Exception {
        run(RunState.SHUTOFF, new MakeTags(tags("first")));
        run(RunState.SHUTOFF, new MakeTags(tags("1")));

        assertThat(run(RunState.SHUTOFF, new RestoreTags(tags("1")))).isInstanceOf(HostResult.Refused.class);
        assertThat(run(RunState.SHUTOFF, new RestoreTags(tags("first")))).isInstanceOf(HostResult.Finished.class);
    }

    @Test
    void a_paused_guest_stays_paused_while_its_machine_is_saved() throws Exception {
        host.startGuest(host.definedChains());
        host.hypervisor().pause(host.domain());

        HostResult saved = run(RunState.PAUSED, new SaveMachine("whole", a.file(), tags("whole")));

        assertThat(saved).isInstanceOf(HostResult.Finished.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);
    }

    @Test
    void are_neither_lost_nor_made_twice_when_the_executor_dies_around_them() throws Exception {
        host.startGuest(host.definedChains());
        host.nextOperation();
        Order order = host.opening(
                RunState.RUNNING,
                host.definedChains(),
                new SaveMachine("whole", a.file(), tags("whole")),
                new MakeTags(tags("t1")));
        for (String method : List.of("begin", "finish")) {
            JournalSpy.Hook dying = (name, _) -> {
                if (name.equals(method)) {
                    throw new JournalException("ended");
                }
            };
            try {
                host.run(order, j -> JournalSpy.after(j, dying));
            } catch (JournalException e) {
                assertThat(e).hasMessage("ended");
            }
        }

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(names(a)).containsExactly("whole", "t1");
        assertThat(names(b)).containsExactly("whole", "t1");
        host.goesOn();
    }

    @Test
    void beside_an_overlay_are_of_the_same_transaction() throws Exception {
        host.startGuest(host.definedChains());
        Image b1 = host.overlay("vdb", "s1");

        HostResult made = run(
                RunState.RUNNING,
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(
                        List.of(new MakeTags(onVda("t1")), new SwitchActive(List.of(new Switch(VDB, b, b1))))));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        host.goesOn();
        assertThat(countIn(a, "t1") - host.countOn(b)).isBetween(0, 1);
        assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(b1, b);
    }

    @Test
    void beside_an_overlay_are_not_made_when_the_overlay_cannot_switch_nor_it_when_they_cannot() throws Exception {
        host.startGuest(host.definedChains());
        Image b1 = host.overlay("vdb", "s1");
        assertThat(run(RunState.RUNNING, new MakeTags(onVda("t1")))).isInstanceOf(HostResult.Finished.class);

        HostResult made = run(
                RunState.RUNNING,
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(
                        List.of(new MakeTags(onVda("t1")), new SwitchActive(List.of(new Switch(VDB, b, b1))))));

        assertThat(made).isInstanceOf(HostResult.Failed.class);
        assertThat(names(a)).containsExactly("t1");
        assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(b);
        assertThat(host.images().inUse(b1.file())).isFalse();
        host.goesOn();
    }

    @Test
    void go_with_a_memory_in_a_file_of_its_own() throws Exception {
        host.startGuest(host.definedChains());

        HostResult made = run(
                RunState.RUNNING,
                new CriticalSection(List.of(new MakeTags(tags("t1")), new SaveMemory(host.file("m.mem")))));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).contains("m.mem").doesNotContain("m.mem.part");
        assertThat(countIn(a, "t1") - countIn(b, "t1")).isBetween(0, 1);
        host.goesOn();
    }

    @Test
    void go_again_when_the_memory_cannot_be_written() throws Exception {
        host.startGuest(host.definedChains());
        host.nextOperation();
        Order order = host.opening(
                RunState.RUNNING,
                host.definedChains(),
                new CriticalSection(List.of(new MakeTags(tags("t1")), new SaveMemory(host.file("m.mem")))));
        JournalSpy.Hook blocking = (called, _) -> {
            if (called.equals("begin")) {
                Files.createDirectory(
                        Path.of(MemoryFiles.part(host.file("m.mem")).value()));
            }
        };

        HostResult made = host.run(order, j -> JournalSpy.before(j, blocking));

        assertThat(made).isInstanceOf(HostResult.Failed.class);
        assertThat(names(a)).isEmpty();
        assertThat(names(b)).isEmpty();
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        host.goesOn();
    }

    @Test
    void a_machine_on_one_disk_goes_with_an_overlay_on_the_other_in_one_pause() throws Exception {
        host.startGuest(host.definedChains());
        Image b1 = host.overlay("vdb", "s1");

        HostResult made = run(
                RunState.RUNNING,
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(
                        new SaveMachine("whole", a.file(), onVda("whole")),
                        new SwitchActive(List.of(new Switch(VDB, b, b1))))));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        host.goesOn();
        assertThat(countIn(a, "whole") - host.countOn(b)).isBetween(0, 1);
    }

    /** The section ends as begun or as done, wherever the executor's journal breaks. */
    @Test
    void are_whole_with_overlay_and_memory_wherever_the_executor_ended() throws Exception {
        host.startGuest(host.definedChains());
        for (String method : List.of("begin", "finish")) {
            for (boolean before : List.of(true, false)) {
                String name = method + before;
                Image b1 = host.overlay("vdb", name);
                Image active = host.guest().disk(VDB).orElseThrow().chain().active();
                host.nextOperation();
                Order order = host.opening(
                        RunState.RUNNING,
                        List.of(),
                        new MakeOverlay(VDB, b1, active),
                        new CriticalSection(List.of(
                                new MakeTags(onVda(name)),
                                new SwitchActive(List.of(new Switch(VDB, active, b1))),
                                new SaveMemory(host.file(name + ".mem")))));
                int[] calls = new int[1];
                JournalSpy.Hook dying = (called, _) -> {
                    if (called.equals(method) && ++calls[0] == (method.equals("begin") ? 2 : 1)) {
                        throw new JournalException("ended");
                    }
                };
                try {
                    host.run(order, j -> before ? JournalSpy.before(j, dying) : JournalSpy.after(j, dying));
                } catch (JournalException e) {
                    assertThat(e).hasMessage("ended");
                }

                HostResult result = host.run(order);

                assertThat(result).as(name).isInstanceOf(HostResult.Finished.class);
                assertThat(names(a)).contains(name);
                assertThat(host.guest().disk(VDB).orElseThrow().chain().active())
                        .isEqualTo(b1);
                assertThat(host.files()).contains(name + ".mem");
                host.goesOn();
            }
        }
    }

    private List<Tag> onVda(String name) {
        return List.of(new Tag(new DiskTarget("vda"), a, name));
    }
}
