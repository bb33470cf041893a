package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.StoredTag;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RunState;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Internal states of two qcow2 disks, on real images with and without a real guest. */
@org.junit.jupiter.api.Tag("qemu")
class TagsTest {
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
        int count = io.snapledger.executor.guest.CounterGuest.countOn(java.nio.file.Path.of(raw));
        java.nio.file.Files.delete(java.nio.file.Path.of(raw));
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
}
