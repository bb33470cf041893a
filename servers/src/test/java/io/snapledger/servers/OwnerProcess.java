package io.snapledger.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Another JVM that owns a server, so that tests can kill an owner. */
final class OwnerProcess implements AutoCloseable {
    private final Process process;
    private final long serverPid;

    private OwnerProcess(Process process, long serverPid) {
        this.process = process;
        this.serverPid = serverPid;
    }

    /** @param kind a server's name and how long it lives, as {@link #main} takes it */
    static OwnerProcess of(String kind, Path folder) throws IOException {
        var process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OwnerProcess.class.getName(),
                        kind,
                        folder.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var reader = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
            var line = reader.readLine();
            if (line == null) {
                throw new IOException("the owner of a " + kind + " ended without a word");
            }
            return new OwnerProcess(process, Long.parseLong(line));
        }
    }

    public static void main(String[] arguments) throws IOException {
        var folder = Path.of(arguments[1]);
        long pid = switch (arguments[0]) {
            case "durable-postgres" -> PostgresServer.durable(folder, 0).pid();
            case "durable-kafka" -> KafkaServer.durable(folder, 0).pid();
            case "throw-away-postgres" -> PostgresServer.throwAway().pid();
            case "throw-away-kafka" -> KafkaServer.throwAway().pid();
            default -> throw new IllegalArgumentException(arguments[0]);
        };
        System.out.println(pid);
        System.in.read();
    }

    ProcessHandle server() {
        return ProcessHandle.of(serverPid).orElseThrow();
    }

    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    void terminate() {
        process.destroy();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
