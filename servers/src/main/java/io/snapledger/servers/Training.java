package io.snapledger.servers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts the process of an image once while the image is built, against servers of its own, and ends it when it is ready, so
 * that its JVM writes the cache that the image starts from (JEP 514).
 *
 * <p>The arguments are the file of the cache, the port of {@code /readyz}, the command of the process, and, where that needs
 * another process to be ready first, {@code --after}, that one's port and its command. In a command {@code %database} and
 * {@code %kafka} stand for the servers.
 */
public final class Training {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration END = Duration.ofMinutes(3);

    private final String database;
    private final String kafka;
    private final List<Process> begun = new ArrayList<>();

    private Training(String database, String kafka) {
        this.database = database;
        this.kafka = kafka;
    }

    public static void main(String[] arguments) throws InterruptedException {
        List<String> words = List.of(arguments);
        int after = words.contains("--after") ? words.indexOf("--after") : words.size();
        Path cache = Path.of(words.getFirst());
        try (PostgresServer postgres = PostgresServer.throwAway();
                KafkaServer kafka = KafkaServer.throwAway()) {
            Training training = new Training(postgres.url("postgres"), kafka.bootstrapServers());
            try {
                if (after < words.size()) {
                    training.start(words.subList(after + 2, words.size()), Integer.parseInt(words.get(after + 1)), "");
                }
                Process process = training.start(
                        words.subList(2, after), Integer.parseInt(words.get(1)), "-XX:AOTCacheOutput=" + cache);
                process.destroy();
                if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                    throw new ServerException("the process did not end within " + END);
                }
            } finally {
                training.begun.forEach(Process::destroyForcibly);
            }
        }
        if (!Files.isRegularFile(cache)) {
            throw new ServerException("the process ended and wrote no " + cache);
        }
    }

    private Process start(List<String> command, int port, String javaOptions) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command.stream()
                        .map(word -> word.replace("%database", database).replace("%kafka", kafka))
                        .toList())
                .inheritIO();
        builder.environment().put("JAVA_OPTIONS", javaOptions);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new ServerException("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        }
        begun.add(process);
        Deadline deadline = Deadline.in(READY);
        while (!isReady(port)) {
            if (deadline.passed() || !process.isAlive()) {
                throw new ServerException(command + (process.isAlive() ? " was not ready within " + READY : " ended"));
            }
            deadline.pause();
        }
        return process;
    }

    private static boolean isReady(int port) throws InterruptedException {
        URI address = URI.create("http://%s:%d/readyz".formatted(Ports.HOST, port));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException _) {
            // Nobody listens yet.
            return false;
        }
    }
}
