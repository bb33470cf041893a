package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.standalone.Main;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code demo} as a process of its own: it ends by itself, and leaves nothing whenever it ends. */
@Tag("qemu")
class DemoTest {
    private static final Duration LONGEST = Duration.ofSeconds(150);

    @TempDir
    Path folder;

    private @Nullable Process demo;

    @AfterEach
    void end() throws InterruptedException {
        if (demo != null && demo.isAlive()) {
            demo.destroy();
            demo.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void tells_its_whole_story_and_cleans_up() throws Exception {
        Process demo = start();
        this.demo = demo;

        assertThat(demo.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(demo.exitValue()).as(this::said).isZero();
        assertThat(said()).contains("All of it was true");
        assertThat(leftIn(folder)).isEmpty();
        assertThat(workingIn(folder)).isEmpty();
    }

    @Test
    @Tag("nightly")
    void leaves_nothing_behind_when_it_is_told_to_stop_in_the_middle() throws Exception {
        Process demo = start();
        this.demo = demo;
        Waiting.until(LONGEST, () -> "no third chapter: " + said(), () -> said().contains("\n3. ") || !demo.isAlive());
        assertThat(workingIn(folder)).hasSizeGreaterThan(2);

        demo.destroy();

        assertThat(demo.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isNotZero();
        assertThat(workingIn(folder)).isEmpty();
        assertThat(leftIn(folder)).isEmpty();
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "demo")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private String said() {
        try {
            return Files.exists(folder.resolve("log")) ? Files.readString(folder.resolve("log")) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> leftIn(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(f -> f.getFileName().toString().startsWith("snapledger-"))
                    .toList();
        }
    }

    private static Stream<ProcessHandle> workingIn(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(p ->
                        commandLine(p).contains(folder.resolve("snapledger-").toString()));
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException _) {
            return "";
        }
    }
}
