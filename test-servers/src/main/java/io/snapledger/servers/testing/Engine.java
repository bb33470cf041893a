package io.snapledger.servers.testing;

import io.snapledger.servers.ServerException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.testcontainers.utility.TestcontainersConfiguration;

/** A Docker engine that answered. */
record Engine(URI address) {
    static final Duration ANSWER = Duration.ofSeconds(5);
    private static final String PING = "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n";

    /** Where Testcontainers looks, which is asked only when one of them answers: it takes long to find out that none does. */
    static List<URI> addresses() {
        var said = TestcontainersConfiguration.getInstance().getEnvVarOrUserProperty("docker.host", "");
        if (!said.isBlank()) {
            return List.of(URI.create(said));
        }
        var home = Path.of(System.getProperty("user.home", "/"));
        return Stream.of(
                        Optional.of(Path.of("/var/run/docker.sock")),
                        Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).map(run -> Path.of(run, "docker.sock")),
                        Optional.of(home.resolve(".docker/run/docker.sock")),
                        Optional.of(home.resolve(".docker/desktop/docker.sock")))
                .flatMap(Optional::stream)
                .map(path -> URI.create("unix://" + path))
                .toList();
    }

    /** @throws ServerException which names every address and why it is none */
    static Engine find(List<URI> addresses, Duration time) {
        var tried = new ArrayList<String>();
        for (var address : addresses) {
            try {
                ping(address, time);
                return new Engine(address);
            } catch (ServerException e) {
                tried.add(e.getMessage());
            }
        }
        throw new ServerException("no Docker engine answers: " + String.join("; ", tried));
    }

    private static void ping(URI address, Duration time) {
        if ("unix".equals(address.getScheme()) && !Files.exists(Path.of(address.getPath()))) {
            throw new ServerException("there is no " + address.getPath());
        }
        var answer = Patience.within(time, "reach " + address, () -> answer(address));
        if (!answer.matches("HTTP/1\\.[01] 200 .*")) {
            throw new ServerException("%s answers as no engine does: \"%s\"".formatted(address, answer));
        }
    }

    private static String answer(URI address) throws IOException {
        try (var channel = SocketChannel.open(socket(address))) {
            channel.write(StandardCharsets.US_ASCII.encode(PING));
            var buffer = ByteBuffer.allocate(64);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // an answer's first line is what counts
            }
            return StandardCharsets.US_ASCII
                    .decode(buffer.flip())
                    .toString()
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }

    private static SocketAddress socket(URI address) {
        return switch (address.getScheme()) {
            case "unix" -> UnixDomainSocketAddress.of(address.getPath());
            case "tcp", "http" -> new InetSocketAddress(address.getHost(), address.getPort());
            case null, default ->
                throw new ServerException(
                        "\"%s\" is no address of an engine; say unix:///… or tcp://…".formatted(address));
        };
    }

    @Override
    public String toString() {
        return "the Docker engine at " + address;
    }
}
