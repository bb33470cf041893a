package io.snapledger.servers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.snapledger.servers.ServerException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class EngineTest {
    private static final Duration TIME = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    @Test
    void one_that_answers_is_found_behind_one_that_is_not_there() throws IOException {
        var missing = socket("missing");
        var there = socket("there");
        try (var server = listen("there")) {
            answer(server, "HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\n\r\nOK");

            assertThat(Engine.find(List.of(missing, there), TIME)).isEqualTo(new Engine(there));
        }
    }

    @Test
    void every_address_that_was_tried_is_told() {
        var missing = socket("missing");
        var refused = URI.create("tcp://127.0.0.1:1");
        var strange = URI.create("npipe:////./pipe/docker");

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> Engine.find(List.of(missing, refused, strange), TIME))
                .withMessageContaining("there is no " + missing.getPath())
                .withMessageContaining("tcp://127.0.0.1:1: Connection refused")
                .withMessageContaining("\"npipe:////./pipe/docker\" is no address of an engine");
    }

    @Test
    void one_that_hangs_is_given_up() throws IOException {
        try (var server = listen("hangs")) {
            assertThat(server.isOpen()).isTrue();

            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> Engine.find(List.of(socket("hangs")), TIME))
                    .withMessageContaining("hangs")
                    .withMessageContaining("no answer within 1 s");
        }
    }

    @Test
    void somebody_else_behind_the_socket_is_no_engine() throws IOException {
        try (var server = listen("other")) {
            answer(server, "HTTP/1.1 503 Service Unavailable\r\n\r\n");

            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> Engine.find(List.of(socket("other")), TIME))
                    .withMessageContaining("answers as no engine does: \"HTTP/1.1 503 Service Unavailable\"");
        }
    }

    private URI socket(String name) {
        return URI.create("unix://" + folder.resolve(name));
    }

    private ServerSocketChannel listen(String name) throws IOException {
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return server.bind(UnixDomainSocketAddress.of(folder.resolve(name)));
    }

    private static void answer(ServerSocketChannel server, String answer) {
        Thread.ofVirtual().start(() -> {
            try (var client = server.accept()) {
                client.read(ByteBuffer.allocate(256));
                client.write(StandardCharsets.US_ASCII.encode(answer));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
