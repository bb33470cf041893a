package io.snapledger.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.ArrayList;
import java.util.List;

/** The floor: a monitor's socket, a line out, a line in, and nothing else. */
final class BareQmp implements AutoCloseable {
    private final ObjectMapper json = new ObjectMapper();
    private final SocketChannel channel;
    private final BufferedReader lines;
    private List<JsonNode> passing = new ArrayList<>();

    BareQmp(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        lines = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        lines.readLine();
        execute("{\"execute\":\"qmp_capabilities\"}");
    }

    JsonNode execute(String command) throws IOException {
        channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode answer = json.readTree(line);
            if (answer.has("return")) {
                return answer.get("return");
            }
            if (answer.has("error")) {
                throw new IOException(command + " was refused: " + answer.get("error"));
            }
            passing.add(answer);
        }
        throw new IOException("the monitor closed the connection on " + command);
    }

    /** The events that came before the last answer and were not asked for yet. */
    List<JsonNode> events() {
        List<JsonNode> seen = passing;
        passing = new ArrayList<>();
        return seen;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
