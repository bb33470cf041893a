package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Overlays that the user made with qemu-img, under a real guest with one qcow2 disk and one raw. */
@Tag("qemu")
class ReusingOverlayTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    private TestHost host;
    private Image a;
    private Image b;
    private Image mine;

    @BeforeEach
    void makeHost() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.RAW);
        a = host.disk("vda");
        b = host.disk("vdb");
        mine = host.overlay("vda", "mine");
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private static void made(Image overlay, Image backing, String... more) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                "qemu-img",
                "create",
                "-f",
                "qcow2",
                "-b",
                backing.file().fileName(),
                "-F",
                backing.format() == ImageFormat.RAW ? "raw" : "qcow2",
                overlay.file().value()));
        command.addAll(List.of(more));
        TestHost.tool(command.toArray(new String[0]));
    }

    private static void madeOnNothing(Image image, long size) throws Exception {
        TestHost.tool("qemu-img", "create", "-f", "qcow2", image.file().value(), Long.toString(size));
    }

    private HostResult run(Step... steps) throws Exception {
        host.nextOperation();
        boolean off = host.hypervisor().look(host.domain()).isEmpty();
        return host.run(host.opening(off ? RunState.SHUTOFF : RunState.RUNNING, host.definedChains(), steps));
    }

    private HostResult reuse() throws Exception {
        return run(new ReuseOverlay(VDA, mine, a), new SwitchActive(List.of(new Switch(VDA, a, mine))));
    }

    @Test
    void becomes_active_under_the_running_guest() throws Exception {
        Image other = host.overlay("vdb", "mine");
        host.startGuest(host.definedChains());
        made(mine, a, Long.toString(CounterGuest.DISK_BYTES));
        TestHost.tool(
                "qemu-img",
                "create",
                "-f",
                "qcow2",
                "-u",
                "-b",
                b.file().fileName(),
                "-F",
                "raw",
                other.file().value(),
                Long.toString(CounterGuest.DISK_BYTES));

        HostResult result = run(
                new ReuseOverlay(VDA, mine, a),
                new ReuseOverlay(VDB, other, b),
                new SwitchActive(List.of(new Switch(VDA, a, mine), new Switch(VDB, b, other))));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        host.goesOn();
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(mine, a);
        assertThat(host.guest().disk(VDB).orElseThrow().chain().layers()).containsExactly(other, b);
        assertThat(host.countOn(a) - host.countOn(b)).isBetween(0, 1);
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void that_names_no_backing_is_given_it_so_that_the_next_start_reads_it() throws Exception {
        host.startGuest(host.definedChains());
        madeOnNothing(mine, CounterGuest.DISK_BYTES);

        assertThat(reuse()).isInstanceOf(HostResult.Finished.class);

        host.goesOn();
        assertThat(host.images().header(mine).backing()).contains(a);
        host.hypervisor().stop(host.domain());
        host.startGuest(List.of(host.chain("vda", mine, a), host.chain("vdb", b)));
    }

    @Test
    void may_be_larger_than_the_disk() throws Exception {
        made(mine, a, Long.toString(2 * CounterGuest.DISK_BYTES));

        assertThat(reuse()).isInstanceOf(HostResult.Finished.class);
    }

    @Test
    void stays_the_users_when_the_snapshot_is_taken_back() throws Exception {
        host.startGuest(host.definedChains());
        made(mine, a);
        HostPath memory = host.file("s.mem");
        List<Step> plan = List.of(
                new ReuseOverlay(VDA, mine, a),
                new CriticalSection(
                        List.of(new SaveMemory(memory), new SwitchActive(List.of(new Switch(VDA, a, mine))))));
        assertThat(run(plan.toArray(new Step[0]))).isInstanceOf(HostResult.Finished.class);
        host.goesOn();

        HostResult undone = host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));

        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.mine.qcow2", "vda.qcow2", "vdb.raw");
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        host.goesOn();
        refused(reuse(), RejectionCode.WOULD_CORRUPT, "what it holds is old");
    }

    private void refused(HostResult result, RejectionCode code, String saying) throws Exception {
        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
            assertThat(r.message()).contains(mine.file().value(), saying);
            assertThat(r.code()).isEqualTo(code);
        });
    }

    @Nested
    class IsRefusedAndNothingIsDoneWhenIt {
        @Test
        void is_not_there() throws Exception {
            refused(reuse(), RejectionCode.FILE_MISSING, "qemu-img create");
        }

        @Test
        void is_no_qcow2() throws Exception {
            Path file = Path.of(mine.file().value());
            for (byte[] content : List.of(new byte[0], new byte[4096])) {
                Files.write(file, content);
                refused(reuse(), RejectionCode.UNSUPPORTED_FORMAT, "not in the format qcow2");
            }
            Files.delete(file);
            Files.createDirectory(file);
            refused(reuse(), RejectionCode.PATH_NOT_ALLOWED, "only plain files");
        }

        @Test
        void keeps_its_data_elsewhere() throws Exception {
            TestHost.tool(
                    "qemu-img",
                    "create",
                    "-f",
                    "qcow2",
                    "-o",
                    "data_file=" + host.file("data"),
                    mine.file().value(),
                    "8M");

            refused(reuse(), RejectionCode.UNSUPPORTED_FORMAT, "another file");
        }

        @Test
        void is_smaller_than_the_disk() throws Exception {
            made(mine, a, Long.toString(CounterGuest.DISK_BYTES - 65536));

            refused(reuse(), RejectionCode.WOULD_CORRUPT, "would become smaller");
        }

        @Test
        void lies_on_something_else_or_on_the_same_as_something_else() throws Exception {
            made(mine, b);
            refused(reuse(), RejectionCode.WOULD_CORRUPT, "not on " + a.file());
            Files.delete(Path.of(mine.file().value()));
            TestHost.tool(
                    "qemu-img",
                    "create",
                    "-f",
                    "qcow2",
                    "-u",
                    "-b",
                    a.file().value(),
                    "-F",
                    "raw",
                    mine.file().value(),
                    "8M");
            refused(reuse(), RejectionCode.WOULD_CORRUPT, "as raw");
        }

        @Test
        void is_open_in_a_process() throws Exception {
            made(mine, a);
            Process io =
                    new ProcessBuilder("qemu-io", "-f", "qcow2", mine.file().value()).start();
            try {
                TestHost.await("qemu-io has it", () -> host.images().inUse(mine.file()));

                refused(reuse(), RejectionCode.WRONG_STATE, "open in a process");
            } finally {
                io.getOutputStream().close();
                io.waitFor();
            }
        }

        @Test
        void has_another_image_on_it() throws Exception {
            made(mine, a);
            made(host.overlay("vda", "upper"), mine);

            refused(reuse(), RejectionCode.WOULD_CORRUPT, "vda.upper.qcow2 lies on");
        }

        @Test
        void lies_outside_the_storage_roots() throws Exception {
            mine = new Image(new HostPath("/tmp/never-" + host.operation() + ".qcow2"), ImageFormat.QCOW2);

            refused(reuse(), RejectionCode.PATH_NOT_ALLOWED, "storage roots");
        }
    }

    @Test
    void was_merged_by_a_plan_and_is_still_there() throws Exception {
        made(mine, a);
        assertThat(reuse()).isInstanceOf(HostResult.Finished.class);

        host.nextOperation();
        HostResult merged = host.run(host.opening(
                RunState.SHUTOFF, List.of(host.chain("vda", mine, a)), new CommitLayer(VDA, mine, a, List.of())));

        assertThat(merged).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).contains("vda.mine.qcow2");
    }
}
