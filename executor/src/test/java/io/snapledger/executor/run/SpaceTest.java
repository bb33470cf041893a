package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.servers.SmallFileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A storage root on a small file system of its own that has no room, or has none any more in the middle of the work. */
@org.junit.jupiter.api.Tag("qemu")
class SpaceTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final int MEGABYTES = 160;

    private SmallFileSystem small;
    private TestHost host;
    private Image disk;
    private Image overlay;

    @BeforeEach
    void mount() throws Exception {
        Path folder = Files.createTempDirectory("slx").toRealPath();
        Path images = Files.createDirectory(folder.resolve("images"));
        Optional<SmallFileSystem> mounted = SmallFileSystem.mount(images, MEGABYTES);
        if (mounted.isEmpty()) {
            Files.delete(images);
            Files.delete(folder);
        }
        assumeTrue(mounted.isPresent(), "only who may mount a small file system can fill one");
        small = mounted.orElseThrow();
        host = TestHost.in(folder, Accelerator.TCG, ImageFormat.QCOW2);
        disk = host.disk("vda");
        overlay = host.overlay("vda", "s");
    }

    @AfterEach
    void unmount() throws Exception {
        if (host != null) {
            small.close();
            host.close();
        }
    }

    private Order order(RunState assumed, Step... steps) {
        host.nextOperation();
        return host.opening(assumed, host.definedChains(), steps);
    }

    private HostResult fullBefore(String call, int left, Order order) {
        UnaryOperator<Hypervisor> filling = HypervisorSpy.before(call, (_, _) -> small.fill(left));
        return host.run(order, j -> j, filling);
    }

    private void takenBack(Order order) {
        HostResult result = host.run(host.rollback(
                2,
                order.work().plan().steps().reversed().stream()
                        .flatMap(s -> s.reverse().stream())
                        .toList()));
        assertThat(result).isInstanceOf(HostResult.Finished.class);
    }

    private void requireAsBefore() throws Exception {
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        assertThat(host.files()).containsExactly("vda.qcow2");
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
        host.hypervisor().stop(host.domain());
        TestHost.tool("qemu-img", "check", "-f", "qcow2", disk.file().value());
    }

    private Step[] withMemory() {
        return new Step[] {
            new MakeOverlay(VDA, overlay, disk),
            new CriticalSection(List.of(
                    new SaveMemory(host.file("s.mem")), new SwitchActive(List.of(new Switch(VDA, disk, overlay)))))
        };
    }

    @Test
    void what_has_no_room_is_refused_with_figures_before_anything_is_touched() throws Exception {
        host.startGuest(host.definedChains());
        small.fill(50 << 20);

        for (Step[] steps :
                List.of(withMemory(), new Step[] {new SaveMachine("m", disk.file(), List.of(new Tag(VDA, disk, "m")))
                })) {
            HostResult result = host.run(order(RunState.RUNNING, steps));

            assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
                assertThat(r.code()).isEqualTo(RejectionCode.NO_SPACE);
                assertThat(r.message())
                        .contains("bytes free, the plan may need " + ((64 + 32 + 4) << 20 | (steps.length - 1) << 20));
            });
        }
        requireAsBefore();
    }

    @Test
    void the_smallest_work_is_refused_where_there_is_nothing() throws Exception {
        small.fill(1 << 20);

        for (Step step : List.of(new MakeOverlay(VDA, overlay, disk), new MakeTags(List.of(new Tag(VDA, disk, "t"))))) {
            assertThat(host.run(order(RunState.SHUTOFF, step)))
                    .isInstanceOfSatisfying(
                            HostResult.Refused.class, r -> assertThat(r.code()).isEqualTo(RejectionCode.NO_SPACE));
        }
        assertThat(host.files()).containsExactly("vda.qcow2");
    }

    @Test
    void a_full_base_takes_a_large_layer_without_room_for_it() throws Exception {
        TestHost.tool(
                "qemu-io", "-f", "qcow2", "-c", "write -P 1 1M 7M", disk.file().value());
        host.run(order(RunState.SHUTOFF, new MakeOverlay(VDA, overlay, disk)));
        TestHost.tool(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P 2 1M 7M",
                overlay.file().value());
        small.fill(7 << 20);
        host.nextOperation();

        HostResult result = host.run(host.opening(
                RunState.SHUTOFF,
                List.of(host.chain("vda", overlay, disk)),
                new CommitLayer(VDA, overlay, disk, List.of()),
                new RemoveFile(overlay.file())));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.bytesOf(disk)[2 << 20]).isEqualTo((byte) 2);
    }

    @Test
    void a_memory_that_finds_no_room_leaves_a_guest_that_runs_and_no_file() throws Exception {
        host.startGuest(host.definedChains());
        Order order = order(RunState.RUNNING, withMemory());

        HostResult result = fullBefore("saveMemory", 64 << 10, order);

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        takenBack(order);
        requireAsBefore();
    }

    @Test
    void a_machine_that_finds_no_room_leaves_a_guest_that_runs_and_no_tag() throws Exception {
        host.startGuest(host.definedChains());
        Order order = order(RunState.RUNNING, new SaveMachine("m", disk.file(), List.of(new Tag(VDA, disk, "m"))));

        HostResult result = fullBefore("saveMachine", 64 << 10, order);

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        takenBack(order);
        assertThat(host.hypervisor().tags(host.domain(), List.of(disk)).get(disk))
                .isEmpty();
        requireAsBefore();
    }

    @Test
    void an_overlay_that_finds_no_room_is_gone_again() throws Exception {
        host.startGuest(host.definedChains());
        Order order = order(RunState.RUNNING, withMemory());

        HostResult result = host.run(
                order,
                j -> JournalSpy.after(j, (method, _) -> {
                    if (method.equals("begin")) {
                        small.fill(0);
                    }
                }));

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        takenBack(order);
        requireAsBefore();
    }

    @Test
    void a_live_merge_that_finds_no_room_fails_and_goes_through_when_there_is_some() throws Exception {
        host.run(order(RunState.SHUTOFF, new MakeOverlay(VDA, overlay, disk)));
        TestHost.tool(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P 2 4M 4M",
                overlay.file().value());
        host.startGuest(List.of(host.chain("vda", overlay, disk)));
        Order order = merge();

        HostResult result = fullBefore("commitActive", 64 << 10, order);

        assertThat(result).isInstanceOf(HostResult.Failed.class);
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        assertThat(host.guest().disk(VDA).orElseThrow().chain().active()).isEqualTo(overlay);
        host.goesOn();
        small.free();
        assertThat(host.run(merge())).isInstanceOf(HostResult.Finished.class);
        requireAsBefore();
    }

    private Order merge() {
        host.nextOperation();
        return host.opening(
                RunState.RUNNING,
                List.of(host.chain("vda", overlay, disk)),
                new CommitLayer(VDA, overlay, disk, List.of()),
                new RemoveFile(overlay.file()));
    }
}
