package io.snapledger.executor.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.snapledger.executor.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A raw disk whose guest wrote a qcow2 header to it, naming files of the host: through everything that opens a raw disk it
 * stays raw. Each file that a child process opens meanwhile is seen.
 */
@Tag("qemu")
class ForgedDiskTest {
    private static final long SECONDS = 120;

    /** Where programs find what they are made of, and what belongs to no guest. */
    private static final List<String> SYSTEM = List.of(
            "/usr/",
            "/lib",
            "/etc/",
            "/proc/",
            "/sys/",
            "/dev/null",
            "/dev/kvm",
            "/dev/urandom",
            "/dev/random",
            "/dev/sgx_vepc");

    private Path folder;
    private Path secret;
    private ToolTrace trace;

    @BeforeEach
    void open(@TempDir Path temp) throws Exception {
        assumeTrue(ToolTrace.available(), "strace is not installed, so nobody sees what the children open");
        folder = temp.toRealPath();
        secret = Files.writeString(folder.resolve("secret"), "nobody's business".repeat(64));
        trace = ToolTrace.in(Files.createDirectory(folder.resolve("bin")));
    }

    @Test
    void the_watch_sees_where_a_forged_header_leads_a_tool_that_probes() throws Exception {
        Path disk = Files.write(folder.resolve("disk.raw"), new byte[8 << 20]);
        HostileImage.on(secret.toString(), "raw").forgeInto(disk);

        TestHost.tool(folder + "/bin/qemu-img", "info", "--backing-chain", disk.toString());

        assertThat(trace.take().get("qemu-img")).contains(disk.toString(), secret.toString());
    }

    @Test
    void no_operation_takes_a_forged_header_for_more_than_the_guests_bytes() throws Exception {
        Path temp = Files.createDirectory(folder.resolve("t"));

        run(ForgedDisk.class, "-Djava.io.tmpdir=" + temp, secret.toString(), folder + "/data");

        Map<String, List<String>> opened = trace.take();
        assertThat(opened).containsOnlyKeys("qemu-img", "qemu-storage-daemon", "qemu-system-x86_64");
        opened.forEach((program, files) -> {
            assertThat(files).as("what %s opens", program).anyMatch(f -> f.startsWith(temp + "/slx"));
            assertThat(files)
                    .as("what %s opens that is neither the system's nor the host's", program)
                    .allMatch(f -> f.startsWith(temp + "/slx")
                            || f.equals(".")
                            || SYSTEM.stream().anyMatch(f::startsWith));
        });
    }

    private void run(Class<?> program, String option, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                option,
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("PATH", trace.path());
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended && process.exitValue() == 0).as(() -> read(output)).isTrue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }
}
