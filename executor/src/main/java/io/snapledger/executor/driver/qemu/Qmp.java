package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.snapledger.schema.message.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to one monitor of QEMU. Any number of threads may send commands; answers are matched by id. Events go to
 * every listener on the connection's own thread, possibly before the answer of the command that caused them, so register
 * before sending; a listener must not block.
 */
final class Qmp implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Qmp.class);

    private final Path socket;
    /** query-block nests two levels for each layer of a chain, of which there may be hundreds. */
    private static final int DEEPEST = 2_000;

    private static final JsonMapper DEEP = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .build();

    private final SocketChannel channel;
    private final AtomicLong ids = new AtomicLong();
    private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
    private final List<Consumer<QmpEvent>> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<String> greeting = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final Object writing = new Object();

    private record Waiting(String command, CompletableFuture<JsonNode> answer) {}

    private Qmp(Path socket, SocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
    }

    /**
     * Connects and negotiates.
     *
     * @throws QmpError.TimedOut when there is no greeting: QEMU hangs, or the monitor serves another client
     * @throws QmpError.Disconnected when nobody listens
     */
    static Qmp open(Path socket, Duration deadline) throws QmpError {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new QmpError.Disconnected("cannot open a socket: " + e.getMessage());
        }
        Qmp qmp = new Qmp(socket, channel);
        Thread.ofVirtual().name("qmp " + socket.getFileName()).start(qmp::serve);
        try {
            await(qmp.greeting, "the greeting of " + socket, deadline);
            qmp.execute(QmpCommand.of("qmp_capabilities"), deadline);
            return qmp;
        } catch (QmpError e) {
            qmp.close();
            throw e;
        }
    }

    /** What QEMU writes as JSON, as deep as it may be. */
    static JsonNode parse(String json) throws JsonProcessingException {
        return DEEP.readTree(json);
    }

    JsonNode execute(QmpCommand command, Duration deadline) throws QmpError {
        return executeAll(List.of(command), deadline).getFirst();
    }

    /** Sends the commands in one write, so that QEMU has the next one at hand when it is done with one. */
    List<JsonNode> executeAll(List<QmpCommand> commands, Duration deadline) throws QmpError {
        List<String> sent = new ArrayList<>();
        List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (QmpCommand command : commands) {
            String id = Long.toString(ids.incrementAndGet());
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            waiting.put(id, new Waiting(command.name(), answer));
            sent.add(id);
            answers.add(answer);
            lines.append(command.line(id));
        }
        try {
            write(lines.toString());
            List<JsonNode> results = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                results.add(
                        await(answers.get(i), "the answer to " + commands.get(i).name(), deadline));
            }
            return results;
        } finally {
            sent.forEach(waiting::remove);
        }
    }

    private void write(String lines) throws QmpError {
        log.debug("→ {}", lines.stripTrailing());
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines);
        synchronized (writing) {
            if (ended.isDone()) {
                throw new QmpError.Disconnected("the monitor " + socket + " is gone");
            }
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                String reason = String.valueOf(e.getMessage());
                // whoever asks next must not get this connection, although its reader has not noticed yet
                ended.complete(reason);
                throw new QmpError.Disconnected("the monitor " + socket + " is gone: " + reason);
            }
        }
    }

    private static <T> T await(CompletableFuture<T> future, String what, Duration deadline) throws QmpError {
        try {
            return future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new QmpError.TimedOut(what, deadline);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QmpError error) {
                throw error;
            }
            throw new IllegalStateException(what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QmpError.Disconnected("stopped while waiting for " + what);
        }
    }

    /** A listener until it is closed. */
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    Listening listen(Consumer<QmpEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    boolean isOpen() {
        return !ended.isDone();
    }

    /** Waits for the end of the connection; false when it is still there after the deadline. */
    boolean awaitEnd(Duration deadline) throws InterruptedException {
        try {
            ended.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void serve() {
        String reason = "closed";
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.debug("← {}", line);
                receive(parse(line));
            }
        } catch (JsonProcessingException e) {
            log.warn("the monitor {} does not speak QMP: {}", socket, e.getOriginalMessage());
            reason = "no QMP";
        } catch (IOException e) {
            reason = String.valueOf(e.getMessage());
        } finally {
            end(reason);
        }
    }

    private void receive(JsonNode message) {
        if (message.has("QMP")) {
            greeting.complete(message.at("/QMP/version/package").asText());
        } else if (message.has("event")) {
            QmpEvent event = new QmpEvent(message.get("event").asText(), message.path("data"));
            listeners.forEach(l -> l.accept(event));
        } else {
            Waiting asked = waiting.remove(message.path("id").asText());
            if (asked == null) {
                log.debug("nobody waits for {}", message);
            } else if (message.has("error")) {
                JsonNode error = message.get("error");
                asked.answer.completeExceptionally(new QmpError.Refused(
                        asked.command,
                        error.path("class").asText(),
                        error.path("desc").asText()));
            } else {
                asked.answer.complete(message.path("return"));
            }
        }
    }

    private void end(String reason) {
        ended.complete(reason);
        QmpError gone = new QmpError.Disconnected("the monitor " + socket + " is gone: " + reason);
        greeting.completeExceptionally(gone);
        waiting.values().forEach(w -> w.answer.completeExceptionally(gone));
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", socket, e.getMessage());
        }
        listeners.forEach(
                l -> l.accept(new QmpEvent("DISCONNECTED", Json.strict().nullNode())));
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", socket, e.getMessage());
        }
    }
}
