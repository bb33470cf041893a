package io.snapledger.executor.driver.qemuimg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our overlays beside those of qemu-img. */
@Tag("qemu")
class QcowOverlayTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {512, 8L << 20, (512L << 20) + 512, 100L << 30, 5L << 40})
    void qemu_img_finds_what_it_would_have_made_itself(long size) throws Exception {
        Path ours = Files.createFile(folder.resolve("ours.qcow2"));
        Path theirs = folder.resolve("theirs.qcow2");
        String base = folder.resolve("bäse image.raw").toString();

        QcowOverlay.write(ours, base, "raw", size);
        TestHost.tool(
                "qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", base, "-F", "raw", theirs.toString(), "" + size);

        assertThat(QcowHeader.read(ours)).isEqualTo(QcowHeader.read(theirs));
        try (var raw = new java.io.RandomAccessFile(base, "rw")) {
            raw.setLength(512);
        }
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", ours.toString());
        TestHost.tool("qemu-io", "-f", "qcow2", "-c", "write -P 7 " + (size - 512) + " 512", ours.toString());
        TestHost.tool("qemu-io", "-f", "qcow2", "-c", "read -P 7 " + (size - 512) + " 512", ours.toString());
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", ours.toString());
    }

    @Test
    void a_file_that_holds_something_is_left_alone() throws Exception {
        Path file = Files.writeString(folder.resolve("notes"), "mine");

        assertThatThrownBy(() -> QcowOverlay.write(file, "/base", "raw", 512)).isInstanceOf(IOException.class);

        assertThat(file).hasContent("mine");
    }
}
