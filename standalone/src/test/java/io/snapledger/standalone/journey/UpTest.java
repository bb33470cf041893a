package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.standalone.Main;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up} as a process of its own: what it says, and what is left when it ends, gently or not. */
@Tag("qemu")
class UpTest {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @Test
    void says_when_each_part_is_ready_and_leaves_nothing_behind_on_sigterm() throws Exception {
        try (Up up = new Up(folder.resolve("data"), folder.resolve("log"))) {
            up.awaitReady();
            List<ProcessHandle> all = up.family();

            up.process.destroy();

            assertThat(up.process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(up.said()).containsSubsequence("postgres", "kafka", "command", "query", "executor", "ready");
            assertThat(all).hasSizeGreaterThan(1).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void leaves_nothing_behind_when_it_is_told_to_stop_while_it_starts() throws Exception {
        try (Up up = new Up(folder.resolve("data"), folder.resolve("log"))) {
            Waiting.until(
                    START, () -> "no PostgreSQL: " + up.text(), () -> up.said().contains("postgres"));
            List<ProcessHandle> all = up.family();

            up.process.destroy();

            assertThat(up.process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(all).hasSizeGreaterThan(1).noneMatch(ProcessHandle::isAlive);
            assertThat(up.said()).doesNotContain("ready");
            assertThat(working(folder.resolve("data"))).isEmpty();
        }
    }

    @Test
    void a_second_one_on_the_same_folder_is_refused_and_the_first_runs_on() throws Exception {
        Path data = folder.resolve("data");
        try (Up first = new Up(data, folder.resolve("first"))) {
            first.awaitReady();

            try (Up second = new Up(data, folder.resolve("second"))) {
                assertThat(second.process.waitFor(START.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();

                assertThat(second.process.exitValue()).isEqualTo(1);
                assertThat(second.text()).contains("another process runs on " + data);
                assertThat(first.process.isAlive()).isTrue();
            }
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Up up = new Up(
                        folder.resolve("data"), folder.resolve("log"), taken.getLocalPort(), freePort(), freePort())) {
            assertThat(up.process.waitFor(START.toSeconds(), TimeUnit.SECONDS)).isTrue();

            assertThat(up.process.exitValue()).isEqualTo(1);
            assertThat(up.text()).contains(Integer.toString(taken.getLocalPort()));
            assertThat(up.family()).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void starts_again_on_what_a_killed_one_left() throws Exception {
        Path data = folder.resolve("data");
        try (Up killed = new Up(data, folder.resolve("killed"))) {
            killed.awaitReady();
            List<ProcessHandle> orphans = killed.family().stream()
                    .filter(p -> p.pid() != killed.process.pid())
                    .toList();
            killed.process.destroyForcibly();
            assertThat(killed.process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();

            try (Up again = killed.again(folder.resolve("again"))) {
                again.awaitReady();
                again.process.destroy();
                assertThat(again.process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }

            assertThat(orphans).isNotEmpty();
            Waiting.until(STOP, () -> "an orphan lives", () -> orphans.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    /** The processes that name the folder in their command line. */
    private static List<ProcessHandle> working(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(p -> commandLine(p).contains(folder.toString()))
                .toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException _) {
            return "";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The process, and what it printed. */
    private static final class Up implements AutoCloseable {
        private final Path data;
        private final Path log;
        private final int http;
        private final int kafka;
        private final int postgres;
        private final Process process;

        Up(Path data, Path log) throws IOException {
            this(data, log, freePort(), freePort(), freePort());
        }

        Up(Path data, Path log, int http, int kafka, int postgres) throws IOException {
            this.data = data;
            this.log = log;
            this.http = http;
            this.kafka = kafka;
            this.postgres = postgres;
            this.process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--sun-misc-unsafe-memory-access=allow",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "up",
                            "--data",
                            data.toString(),
                            "--http-port",
                            Integer.toString(http),
                            "--kafka-port",
                            Integer.toString(kafka),
                            "--postgres-port",
                            Integer.toString(postgres))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        }

        Up again(Path otherLog) throws IOException {
            return new Up(data, otherLog, http, kafka, postgres);
        }

        void awaitReady() {
            Waiting.until(START, () -> "not ready: " + text(), () -> {
                assertThat(process.isAlive()).as(this::text).isTrue();
                return text().lines().anyMatch("ready"::equals);
            });
        }

        /** The process and all that it started. */
        List<ProcessHandle> family() {
            return java.util.stream.Stream.concat(
                            java.util.stream.Stream.of(process.toHandle()),
                            process.toHandle().descendants())
                    .toList();
        }

        /** The first word of each line that is no log line. */
        List<String> said() {
            return text().lines()
                    .filter(line -> !line.isBlank() && Character.isLowerCase(line.charAt(0)))
                    .map(line -> line.split(" ", 2)[0])
                    .toList();
        }

        String text() {
            try {
                return Files.exists(log) ? Files.readString(log) : "";
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            List<ProcessHandle> all = family();
            process.destroy();
            Waiting.until(STOP, () -> "it does not stop: " + text(), () -> !process.isAlive());
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
