package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.message.Json;
import java.time.Duration;

/**
 * A node of a running guest put on another node, by {@code blockdev-reopen}. What that command is not told goes back to its
 * default, so it is told what the node has now; whether discards are passed on it keeps by itself (QEMU 7.2, block.c).
 */
final class Reopened {
    private Reopened() {}

    static void on(Qmp qmp, String node, String backing, Duration reply) throws QmpError, HostException {
        if (node.startsWith("#")) {
            throw HostException.refused("QEMU itself named the block node " + node
                    + ", and such a node cannot be put on another one while the guest runs; shut the guest off, then try"
                    + " again");
        }
        JsonNode nodes = qmp.execute(QmpCommand.of("query-named-block-nodes").with("flat", true), reply);
        JsonNode now = find(nodes, "node-name", node);
        ObjectNode options = QmpCommand.object();
        options.put("driver", now.path("drv").asText());
        options.put("node-name", node);
        options.put("file", file(nodes, now).path("node-name").asText());
        options.put("backing", backing);
        options.put("read-only", now.path("ro").asBoolean());
        options.putObject("cache")
                .put("direct", now.path("cache").path("direct").asBoolean())
                .put("no-flush", now.path("cache").path("no-flush").asBoolean());
        options.put("detect-zeroes", now.path("detect_zeroes").asText());
        qmp.execute(
                QmpCommand.of("blockdev-reopen")
                        .with("options", Json.strict().createArrayNode().add(options)),
                reply);
    }

    private static JsonNode find(JsonNode nodes, String field, String value) throws HostException {
        for (JsonNode node : nodes) {
            if (node.path(field).asText().equals(value)) {
                return node;
            }
        }
        throw HostException.refused("the guest has no block node whose " + field + " is " + value);
    }

    /** The node beneath, which holds the plain file. */
    private static JsonNode file(JsonNode nodes, JsonNode image) throws HostException {
        HostPath name = BlockGraph.path(image.path("file").asText())
                .orElseThrow(() -> HostException.refused("block node "
                        + image.path("node-name").asText() + " holds no plain file, but "
                        + image.path("file").asText()));
        for (JsonNode node : nodes) {
            if (node.path("drv").asText().equals("file")
                    && BlockGraph.path(node.path("file").asText()).stream().anyMatch(name::equals)) {
                return node;
            }
        }
        throw HostException.refused("the guest has no block node for the plain file " + name);
    }
}
