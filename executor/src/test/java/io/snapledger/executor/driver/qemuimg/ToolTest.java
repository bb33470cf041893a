package io.snapledger.executor.driver.qemuimg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.operation.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the programs that work on images are kept in bounds, tried on one that only sleeps. */
class ToolTest {
    private static final List<String> SLEEP = List.of("sleep", "1234.5");

    @Test
    void is_limited_in_memory_time_and_remains_and_leaves_nothing_when_its_caller_is_interrupted() throws Exception {
        AtomicReference<HostException> thrown = new AtomicReference<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                Tool.run(Duration.ofMinutes(5), SLEEP);
            } catch (HostException e) {
                thrown.set(e);
            }
        });
        TestHost.await("it sleeps", () -> sleeper().isPresent());
        ProcessHandle sleeper = sleeper().orElseThrow();

        String limits = Files.readString(Path.of("/proc", Long.toString(sleeper.pid()), "limits"));
        caller.interrupt();
        TestHost.await("it is ended", () -> !sleeper.isAlive() && thrown.get() != null);

        assertThat(limits)
                .containsPattern("Max address space +4294967296 ")
                .containsPattern("Max cpu time +601 ")
                .containsPattern("Max core file size +0 ");
        assertThat(thrown.get().failure()).isInstanceOf(Failure.ConnectionLost.class);
    }

    @Test
    void is_ended_when_it_takes_too_long_and_nobody_knows_what_it_did() {
        assertThatThrownBy(() -> Tool.run(Duration.ofMillis(300), SLEEP))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.DeadlineExpired.class));
        assertThat(sleeper()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            kill -9 $$      | 137 | sh was killed by signal 9
            exit 3          |   3 | sh failed with status 3 and without a word
            echo no; exit 1 |   1 | sh failed: no
            """)
    void says_how_it_ended(String script, int status, String reason) {
        assertThatThrownBy(() -> Tool.run(Duration.ofMinutes(1), List.of("sh", "-c", script)))
                .isInstanceOfSatisfying(
                        HostException.class,
                        e -> assertThat(e.failure())
                                .isInstanceOfSatisfying(
                                        Failure.ToolFailed.class,
                                        f -> assertThat(f.exitCode()).isEqualTo(status)))
                .hasMessage(reason);
    }

    private static Optional<ProcessHandle> sleeper() {
        return ProcessHandle.current()
                .children()
                .filter(p ->
                        p.info().arguments().map(List::of).orElse(List.of()).equals(List.of("1234.5")))
                .findFirst();
    }
}
