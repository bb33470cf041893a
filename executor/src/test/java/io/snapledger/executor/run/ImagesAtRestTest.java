package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Plans on real images of a domain that is off, one qcow2 disk and one raw. */
@Tag("qemu")
class ImagesAtRestTest extends TwoDisks {
    private static final int BLOCK = 65536;

    private Image a2;

    @BeforeEach
    void makeHost() throws Exception {
        layOut(TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.RAW));
        a2 = host.overlay("vda", "s2");
    }

    private void write(Image image, int block, int value) throws Exception {
        TestHost.tool(
                "qemu-io",
                "-f",
                image.format() == ImageFormat.RAW ? "raw" : "qcow2",
                "-c",
                "write -P " + value + " " + block * BLOCK + " 4096",
                image.file().value());
    }

    private int[] blocks(Image... chain) throws Exception {
        byte[] bytes = host.bytesOf(chain);
        return new int[] {bytes[BLOCK], bytes[2 * BLOCK], bytes[3 * BLOCK]};
    }

    private HostResult run(List<Chain> chains, Step... steps) {
        host.nextOperation();
        return host.run(host.opening(RunState.SHUTOFF, chains, steps));
    }

    @Test
    void an_overlay_that_was_half_written_is_made_anew() throws Exception {
        host.nextOperation();
        Order order = host.opening(RunState.SHUTOFF, host.definedChains(), new MakeOverlay(VDA, a1, a));
        JournalSpy.Hook dying = (method, _) -> {
            if (method.equals("finish")) {
                throw new JournalException("ended");
            }
        };
        assertThatThrownBy(() -> host.run(order, j -> JournalSpy.before(j, dying)))
                .isInstanceOf(JournalException.class);
        try (FileChannel file = FileChannel.open(Path.of(a1.file().value()), StandardOpenOption.WRITE)) {
            file.truncate(200);
        }

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        TestHost.tool("qemu-img", "check", "-f", "qcow2", a1.file().value());
    }

    @Test
    void overlays_are_made_on_both_formats_and_pass_the_check() throws Exception {
        write(a, 1, 11);
        write(b, 1, 12);

        HostResult result = run(host.definedChains(), new MakeOverlay(VDA, a1, a), new MakeOverlay(VDB, b1, b));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(blocks(a1, a)).containsExactly(11, 0, 0);
        assertThat(blocks(b1, b)).containsExactly(12, 0, 0);
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", a1.file().value());
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", b1.file().value());
        assertThat(TestHost.tool("qemu-img", "info", "-f", "qcow2", b1.file().value()))
                .contains("backing file format: raw")
                .contains("virtual size: 8 MiB");
    }

    @Test
    void X7_a_merge_keeps_the_newest_of_each_block() throws Exception {
        run(host.definedChains(), new MakeOverlay(VDA, a1, a), new MakeOverlay(VDB, b1, b));
        write(a, 1, 1);
        write(a, 2, 1);
        write(a1, 2, 2);
        write(b1, 3, 3);

        HostResult result = run(
                after(),
                new CommitLayer(VDA, a1, a, List.of()),
                new CommitLayer(VDB, b1, b, List.of()),
                new RemoveFile(a1.file()),
                new RemoveFile(b1.file()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(blocks(a)).containsExactly(1, 2, 0);
        assertThat(blocks(b)).containsExactly(0, 0, 3);
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
    }

    @Test
    void all_that_lay_on_a_folded_layer_reads_as_before() throws Exception {
        Image branch = host.overlay("vda", "branch");
        run(host.definedChains(), new MakeOverlay(VDA, a1, a));
        run(List.of(), new MakeOverlay(VDA, a2, a1), new MakeOverlay(VDA, branch, a1));
        write(a, 1, 1);
        write(a1, 2, 2);
        write(a2, 3, 3);
        write(branch, 3, 4);

        HostResult result = run(
                List.of(host.chain("vda", a2, a1, a)),
                new CommitLayer(VDA, a1, a, List.of(a2, branch)),
                new RemoveFile(a1.file()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(blocks(a2, a)).containsExactly(1, 2, 3);
        assertThat(blocks(branch, a)).containsExactly(1, 2, 4);
    }

    @Test
    void a_commit_that_was_done_is_not_done_again_over_later_writes() throws Exception {
        run(host.definedChains(), new MakeOverlay(VDA, a1, a));
        write(a1, 1, 1);
        run(List.of(host.chain("vda", a1, a)), new CommitLayer(VDA, a1, a, List.of()));
        write(a, 1, 2);

        HostResult again = host.run(host.rollback(2, List.of(new CommitLayer(VDA, a1, a, List.of()))));

        assertThat(again).isInstanceOf(HostResult.Finished.class);
        assertThat(blocks(a)).containsExactly(2, 0, 0);
    }

    @Test
    void a_disk_on_a_golden_image_is_read_down_to_it_and_the_golden_image_stays_as_it_is() throws Exception {
        Image golden = new Image(host.file("golden.raw"), ImageFormat.RAW);
        host.images().makeBlank(golden, 8L << 20);
        write(golden, 1, 9);
        Files.delete(Path.of(a.file().value()));
        Files.createFile(Path.of(a.file().value()));
        host.images().makeOverlay(a.file(), golden, 8L << 20);
        byte[] before = Files.readAllBytes(Path.of(golden.file().value()));

        run(List.of(host.chain("vda", a)), new MakeOverlay(VDA, a1, a));
        write(a1, 2, 2);
        HostResult result = run(List.of(host.chain("vda", a1, a)), new CommitLayer(VDA, a1, a, List.of()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(blocks(a, golden)).containsExactly(9, 2, 0);
        assertThat(Files.readAllBytes(Path.of(golden.file().value()))).isEqualTo(before);
    }

    @Test
    void a_forged_header_in_a_raw_disk_stands_in_nobodys_way() throws Exception {
        run(host.definedChains(), new MakeOverlay(VDA, a1, a));
        Image forger = new Image(host.file("forged.qcow2"), ImageFormat.QCOW2);
        Files.createFile(Path.of(forger.file().value()));
        host.images().makeOverlay(forger.file(), a, 8L << 20);
        Files.move(
                Path.of(forger.file().value()),
                Path.of(b.file().value()),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        HostResult result = run(List.of(host.chain("vda", a1, a)), new CommitLayer(VDA, a1, a, List.of()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
    }

    @Test
    void an_image_with_a_data_file_or_an_unstated_backing_format_is_refused() throws Exception {
        for (List<String> options : List.of(
                List.of("-o", "data_file=" + host.file("data.raw"), a1.file().value(), "8M"),
                List.of(
                        "-u",
                        "-b",
                        "json:{\"driver\":\"raw\"}",
                        "-F",
                        "raw",
                        a1.file().value(),
                        "8M"),
                List.of("-u", "-b", "/etc/passwd", "-F", "raw", a1.file().value(), "8M"))) {
            Files.deleteIfExists(Path.of(a1.file().value()));
            List<String> command = new java.util.ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
            command.addAll(options);
            TestHost.tool(command.toArray(new String[0]));

            HostResult result = run(List.of(host.chain("vda", a1)), new MakeOverlay(VDA, a2, a1));

            assertThat(result)
                    .isInstanceOfSatisfying(
                            HostResult.Refused.class, r -> assertThat(r.code()).isEqualTo(RejectionCode.DRIFTED));
        }
    }
}
