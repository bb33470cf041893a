package io.snapledger.standalone.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@code bin/snapledger up} as a process group of its own on one data folder, to be killed and started again. */
final class RunningService implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);

    private final Path data;
    private final Path log;
    final int httpPort;
    final int kafkaPort;
    final int postgresPort;
    private Process process;

    RunningService(Path data) throws IOException {
        this.data = data;
        this.log = data.resolveSibling(data.getFileName() + ".log");
        this.httpPort = freePort();
        this.kafkaPort = freePort();
        this.postgresPort = freePort();
        this.process = launch();
        awaitReady(0);
    }

    /** Kills the process itself; PostgreSQL and Kafka are left behind as orphans. */
    void killAlone() throws IOException, InterruptedException {
        kill("-9", Long.toString(process.pid()));
    }

    /** Kills the process and everything it started, but not the guests, which live in sessions of their own. */
    void killGroup() throws IOException, InterruptedException {
        kill("-9", "-" + process.pid());
    }

    /** Starts the service again on the same folder and waits until it says that it is ready. */
    void startAgain() throws IOException {
        int before = readyLines();
        process = launch();
        awaitReady(before);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.onExit().get(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException("the service did not stop within 30 s of SIGTERM, see " + log, e);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the end of the service was not seen", e);
        }
    }

    private Process launch() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        Path script = Files.exists(root.resolve("bin/snapledger"))
                ? root.resolve("bin/snapledger")
                : root.getParent().resolve("bin/snapledger");
        return new ProcessBuilder(
                        "setsid",
                        script.toString(),
                        "up",
                        "--data",
                        data.toString(),
                        "--http-port",
                        Integer.toString(httpPort),
                        "--kafka-port",
                        Integer.toString(kafkaPort),
                        "--postgres-port",
                        Integer.toString(postgresPort))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private void awaitReady(int before) {
        Waiting.until(START, () -> "no line \"ready\" in " + log, () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("the service ended with " + process.exitValue() + ", see " + log);
            }
            return readyLines() > before;
        });
    }

    private int readyLines() {
        try {
            return Files.exists(log)
                    ? (int) Files.readAllLines(log).stream()
                            .filter("ready"::equals)
                            .count()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void kill(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("kill"));
        command.add(arguments[0]);
        command.add("--");
        command.add(arguments[1]);
        new ProcessBuilder(command).inheritIO().start().waitFor(5, TimeUnit.SECONDS);
        process.waitFor(10, TimeUnit.SECONDS);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
