package io.snapledger.standalone.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A side as a process of its own that can be killed, stopped, woken and started again. For one thread at a time. */
final class Part implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(4);
    private static final Duration STOP = Duration.ofSeconds(40);
    private static final Duration SIGNAL = Duration.ofSeconds(10);

    private final String name;
    private final String verb;
    private final String ready;
    private final Map<String, String> settings;
    private final Path log;
    private Optional<Process> process = Optional.empty();
    private long readyBefore;

    /**
     * One that does not run yet.
     *
     * @param verb of the command line
     * @param ready what is in the line of its log by which it says that it is ready
     * @param settings by their keys, such as {@code database.url}
     */
    Part(String name, String verb, String ready, Map<String, String> settings, Path logs) {
        this.name = name;
        this.verb = verb;
        this.ready = ready;
        this.settings = Map.copyOf(settings);
        this.log = logs.resolve(name + ".log");
    }

    String name() {
        return name;
    }

    void start() {
        if (isAlive()) {
            return;
        }
        readyBefore = readyLines();
        ProcessBuilder builder = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(key -> key.startsWith("SNAPLEDGER_"));
        new TreeMap<>(settings)
                .forEach((key, value) -> builder.environment()
                        .put("SNAPLEDGER_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT), value));
        try {
            process = Optional.of(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be started", e);
        }
    }

    private List<String> command() {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Daxoniq.update-checker.disabled=true",
                "-cp",
                System.getProperty("java.class.path"),
                "io.snapledger.standalone.Main",
                verb));
    }

    /** Whether it has said so since it was started last. */
    boolean isReady() {
        return readyLines() > readyBefore;
    }

    /** Waits for it; one that ended by itself meanwhile is started again, as a supervisor would. */
    void awaitReady() {
        boolean is = Waiting.until(START, () -> {
            if (!isAlive()) {
                start();
            }
            return isReady();
        });
        if (!is) {
            throw new IllegalStateException(name + " is not ready within " + START + ", see " + log);
        }
    }

    private long readyLines() {
        if (!Files.exists(log)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(log, java.nio.charset.StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains(ready)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.filter(Process::isAlive).isPresent();
    }

    /** @throws IllegalStateException when it does not run */
    long pid() {
        return process.filter(Process::isAlive)
                .orElseThrow(() -> new IllegalStateException(name + " does not run, see " + log))
                .pid();
    }

    void kill() {
        process.ifPresent(p -> {
            p.destroyForcibly();
            awaitEnd(p, SIGNAL);
        });
    }

    /** It stands still, its connections open. */
    void pause() {
        signal("STOP");
    }

    /** It goes on, not knowing that it stood still. */
    void wake() {
        signal("CONT");
    }

    private void signal(String signal) {
        process.filter(Process::isAlive).ifPresent(p -> signal(p.pid(), signal));
    }

    /** One that is gone by now is left so. */
    static void signal(long pid, String signal) {
        try {
            awaitEnd(
                    new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start(),
                    SIGNAL);
        } catch (IOException e) {
            throw new UncheckedIOException("SIG" + signal + " cannot be sent to process " + pid, e);
        }
    }

    private static boolean awaitEnd(Process process, Duration time) {
        try {
            return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        process.ifPresent(p -> {
            wake();
            p.destroy();
            if (!awaitEnd(p, STOP)) {
                p.destroyForcibly();
            }
        });
    }
}
