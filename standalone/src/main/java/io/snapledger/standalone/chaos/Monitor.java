package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A guest's second monitor, for what no executor does: writing to its disks and looking into its memory. */
public final class Monitor implements AutoCloseable {
    private static final Pattern WORD = Pattern.compile("0x([0-9a-f]{8})\\b");

    private final SocketChannel channel;
    private final BufferedReader answers;

    private Monitor(SocketChannel channel) {
        this.channel = channel;
        this.answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    public static Monitor open(Path socket) throws IOException {
        Monitor monitor = new Monitor(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        monitor.answers.readLine();
        monitor.say("{\"execute\":\"qmp_capabilities\"}");
        return monitor;
    }

    /** What the human monitor answers. */
    public String tell(String command) throws IOException {
        String answer = say("{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
                        + Json.write(command) + "}}")
                .asText();
        if (answer.startsWith("Error")) {
            throw new IOException(command + ": " + answer);
        }
        return answer;
    }

    /** The disk behind a device shows another size to the guest. */
    public void resize(String device, long bytes) throws IOException {
        for (JsonNode one : say("{\"execute\":\"query-block\"}")) {
            if (one.path("qdev").asText().contains("/" + device + "/")) {
                String node = one.path("inserted").path("node-name").asText();
                say("{\"execute\":\"block_resize\",\"arguments\":{\"node-name\":" + Json.write(node) + ",\"size\":"
                        + bytes + "}}");
                return;
            }
        }
        throw new IOException("the guest has no device " + device);
    }

    public int[] words(long address, int count) throws IOException {
        Matcher word = WORD.matcher(tell("xp /" + count + "wx 0x" + Long.toHexString(address)));
        int[] words = new int[count];
        for (int i = 0; i < count; i++) {
            if (!word.find()) {
                throw new IOException("the monitor shows too little memory at " + address);
            }
            words[i] = Integer.parseUnsignedInt(word.group(1), 16);
        }
        return words;
    }

    private JsonNode say(String command) throws IOException {
        channel.write(StandardCharsets.UTF_8.encode(command + "\n"));
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            JsonNode answer = Json.strict().readTree(line);
            if (answer.has("error")) {
                throw new IOException(command + ": " + line);
            }
            if (answer.has("return")) {
                return answer.path("return");
            }
        }
        throw new IOException("the monitor is gone");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
