package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation with the agent inside a guest, by the protocol of qemu-guest-agent. Whoever is at the other end is not
 * trusted: it may say nothing, anything, or too much. A conversation begins with a number that the agent has to say back, so
 * that the answers to an earlier one are not taken for those to this.
 */
final class GuestAgent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GuestAgent.class);
    private static final byte DELIMITER = (byte) 0xff;
    private static final int LONGEST_LINE = 1 << 16;
    private static final int LINES_AHEAD = 16;
    private static final double[] SAID_AGAIN = {0.2, 0.6, 1};

    private final Path socket;
    private final SocketChannel channel;
    private final BlockingQueue<Optional<String>> lines = new ArrayBlockingQueue<>(LINES_AHEAD);

    private GuestAgent(Path socket, SocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
    }

    /** @throws HostException refused when nobody listens; lost or expired when nobody answers */
    static GuestAgent open(Path socket, Duration deadline) throws HostException {
        GuestAgent agent = connected(socket);
        try {
            agent.synchronise("", deadline);
            return agent;
        } catch (HostException e) {
            agent.close();
            throw e;
        }
    }

    /**
     * Begins with a command that needs no answer to be obeyed: an agent that is stuck finds it when it wakes, whoever
     * listens then.
     */
    static GuestAgent openTelling(Path socket, String command, Duration deadline) throws HostException {
        GuestAgent agent = connected(socket);
        try {
            agent.synchronise(line(command), deadline);
            return agent;
        } catch (HostException e) {
            agent.close();
            throw e;
        }
    }

    private static GuestAgent connected(Path socket) throws HostException {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            GuestAgent agent = new GuestAgent(socket, channel);
            Thread.ofVirtual().name("agent " + socket.getFileName()).start(agent::read);
            return agent;
        } catch (IOException e) {
            throw HostException.refused(
                    "nobody listens at the agent's socket " + socket
                            + "; start the guest with a channel there, and the agent in the guest: "
                            + e.getMessage(),
                    e);
        }
    }

    private static String line(String command) {
        return "{\"execute\":\"" + command + "\"}\n";
    }

    /**
     * Said again twice, since what is on its way to an agent that ends is lost with it, and the next one hears nothing of it.
     * Only the answer to the last number counts: those to what was said before come before it.
     */
    private void synchronise(String more, Duration deadline) throws HostException {
        long begun = System.nanoTime();
        for (double share : SAID_AGAIN) {
            int id = greet(more);
            long until = begun + (long) (deadline.toNanos() * share);
            for (Optional<String> line = next(until); line.isPresent(); line = next(until)) {
                if (parsed(line.get()).path("return").asInt() == id) {
                    return;
                }
            }
        }
        throw silent("guest-sync-delimited", deadline);
    }

    private int greet(String more) throws HostException {
        int id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(DELIMITER);
        bytes.writeBytes(("{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":" + id + "}}\n" + more)
                .getBytes(StandardCharsets.UTF_8));
        write(bytes.toByteArray());
        return id;
    }

    /** What the agent returns. */
    JsonNode ask(String command, Duration deadline) throws HostException {
        write(line(command).getBytes(StandardCharsets.UTF_8));
        return told(command, deadline);
    }

    /** The answer to the command that {@link #openTelling} sent. */
    JsonNode told(String command, Duration deadline) throws HostException {
        JsonNode answer =
                parsed(next(System.nanoTime() + deadline.toNanos()).orElseThrow(() -> silent(command, deadline)));
        if (!answer.isObject()) {
            throw lost("the agent at " + socket + " does not speak its protocol");
        }
        if (answer.has("error")) {
            JsonNode error = answer.path("error");
            throw new HostException(new Failure.MonitorRefused(
                    "the guest's agent refused " + command + ": "
                            + error.path("desc").asText(),
                    command,
                    error.path("class").asText()));
        }
        return answer.path("return");
    }

    /** The next line; empty when there is none until then. */
    private Optional<String> next(long until) throws HostException {
        try {
            Optional<String> line = lines.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                return Optional.empty();
            }
            String said = line.orElseThrow(() -> lost("the guest's agent at " + socket + " is gone"));
            log.debug("agent ← {}", said);
            return Optional.of(said);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for the guest's agent"), e);
        }
    }

    /** Nothing when it is no JSON. */
    private static JsonNode parsed(String line) {
        try {
            return Json.strict().readTree(line);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private HostException silent(String command, Duration deadline) {
        return new HostException(new Failure.DeadlineExpired(
                "the guest's agent at " + socket + " did not answer " + command + " within " + deadline.toMillis()
                        + " ms; is it running in the guest, and has nobody else its socket?",
                deadline.toMillis()));
    }

    private static HostException lost(String message) {
        return new HostException(new Failure.ConnectionLost(message));
    }

    private void write(byte[] bytes) throws HostException {
        log.debug("agent → {}", new String(bytes, StandardCharsets.UTF_8).strip());
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new HostException(new Failure.ConnectionLost("the guest's agent at " + socket + " is gone"), e);
        }
    }

    /** A line that is too long is none of the protocol's, and ends the conversation. */
    private void read() {
        ByteBuffer chunk = ByteBuffer.allocate(LONGEST_LINE);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            while (channel.read(chunk.clear()) >= 0 && line.size() < LONGEST_LINE) {
                chunk.flip();
                while (chunk.hasRemaining()) {
                    byte b = chunk.get();
                    if (b == '\n') {
                        lines.put(Optional.of(line.toString(StandardCharsets.UTF_8)));
                        line.reset();
                    } else if (b != DELIMITER) {
                        line.write(b);
                    }
                }
            }
        } catch (IOException e) {
            log.debug("agent at {}: {}", socket, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!lines.offer(Optional.empty())) {
            log.debug("nobody reads what the agent at {} says", socket);
        }
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
