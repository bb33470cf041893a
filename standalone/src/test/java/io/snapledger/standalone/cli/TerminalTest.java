package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.snapledger.standalone.Main;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process of its own: on a terminal, on a pipe that closes, in a locale without our letters. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class TerminalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String CTRL_C = "\u0003";
    private static final String OPERATION = "0199a3c1-7c11-7a55-8f5e-5b1d2a4c9e77";

    @TempDir
    private Path folder;

    private final RecordedApi api = new RecordedApi();

    TerminalTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void on_a_terminal_a_bar_is_drawn_and_ctrl_c_takes_it_away() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is not installed, so there is no terminal");
        api.answering("/api/v1/operations/" + OPERATION, """
                {"id":"%s","domain":"6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11","host":"h1","command":"Merge","snapshot":"b",
                 "state":"requested","attempt":1,"progress":{"percent":50,"doneBytes":1073741824,"totalBytes":2147483648},
                 "requestedAt":"2026-01-02T03:04:05Z","leftovers":[],"steps":[]}
                """.formatted(OPERATION));
        Path typescript = folder.resolve("typescript");
        Process terminal = terminal(line("operations", OPERATION, "--watch", "--url", api.url()), typescript);

        Waiting.until(
                PATIENCE,
                () -> "no bar: " + text(typescript),
                () -> text(typescript).contains("[##########----------] 50 %"));
        try (OutputStream keys = terminal.getOutputStream()) {
            keys.write(CTRL_C.getBytes(StandardCharsets.US_ASCII));
            keys.flush();
            assertThat(terminal.waitFor(40, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(terminal.exitValue()).isEqualTo(130);
        assertThat(text(typescript)).containsPattern("\r\u001b\\[K(\\s*Session terminated.*|\\s*Script done.*)?\\s*$");
    }

    @Test
    void a_reader_who_has_enough_ends_it_quietly() throws Exception {
        api.answering("/api/v1/audit", "a line of the audit\n".repeat(200_000));

        Process shell = shell(line("audit", "--format", "csv", "--url", api.url()) + " | head -n 1");

        assertThat(text(folder.resolve("out"))).isEqualTo("a line of the audit\n");
        assertThat(text(folder.resolve("err"))).isEmpty();
        assertThat(shell.exitValue()).isZero();
    }

    @Test
    void letters_of_names_are_utf_8_whatever_reads_them() throws Exception {
        api.answering("/api/v1/domains/web/snapshots", "{\"items\":[],\"next\":null,\"position\":1}")
                .answering("/api/v1/domains/web/snapshots/a/xml", "<name>ünï 日本</name>\n");

        shell(line("snapshot-dumpxml", "web", "a", "--url", api.url()));

        assertThat(text(folder.resolve("out"))).isEqualTo("<name>ünï 日本</name>\n");
    }

    private static String line(String... words) {
        return String.join(
                        " ",
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()))
                + " "
                + String.join(" ", words);
    }

    /**
     * What is typed goes to the process by a terminal, and what it prints into the typescript. Ctrl-C ends it also when the
     * tests themselves were begun by a shell in its background, which ignores it and hands that down.
     */
    private Process terminal(String line, Path typescript) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        "script",
                        "--quiet",
                        "--flush",
                        "--return",
                        "--command",
                        "exec env --default-signal=INT " + line,
                        typescript.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("screen").toFile());
        builder.environment().put("TERM", "xterm");
        return builder.start();
    }

    private Process shell(String line) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", line)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("LC_ALL", "C");
        Process shell = builder.start();
        assertThat(shell.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return shell;
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
