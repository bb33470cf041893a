package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Real images, written and read with QEMU's own tools through the chain that the ledger knows. */
public final class Images {
    private Images() {}

    /** The chain as QEMU is told of it, so that it believes no header. */
    public static String graph(List<Image> chain) {
        JsonNode node = Json.strict().nullNode();
        for (Image image : chain.reversed()) {
            ObjectNode upper = Json.strict().createObjectNode();
            upper.put("driver", Words.of(image.format()));
            upper.putObject("file")
                    .put("driver", "file")
                    .put("filename", image.file().value());
            if (image.format() == ImageFormat.QCOW2) {
                upper.set("backing", node);
            }
            node = upper;
        }
        return "json:" + Json.write(node);
    }

    static void make(Path file, long bytes) throws IOException {
        Tool.run("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), Long.toString(bytes));
    }

    static void write(List<Image> chain, int first, int count, int value) throws IOException {
        Tool.run("qemu-io", "-c", writing(first, count, value), "-c", "flush", graph(chain));
    }

    static String writing(int first, int count, int value) {
        return "write -P " + value + " " + (long) first * Cells.CELL + " " + (long) count * Cells.CELL;
    }

    /** What is read at the top of the chain, or at a tag in its first image. */
    static Cells read(List<Image> chain, Optional<String> tag, long bytes) throws IOException {
        Path raw = Files.createTempFile("chaos", ".raw");
        try {
            List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-q", "-U"));
            tag.ifPresent(t -> command.addAll(List.of("-l", "snapshot.name=" + t)));
            command.addAll(List.of("-O", "raw", graph(chain), raw.toString()));
            Tool.run(command.toArray(new String[0]));
            byte[] content = Files.readAllBytes(raw);
            return Cells.of(bytes < content.length ? Arrays.copyOf(content, Math.toIntExact(bytes)) : content);
        } finally {
            Files.delete(raw);
        }
    }

    /** What is wrong with the image; clusters that are merely lost are not. */
    static Optional<String> corruption(Image image) throws IOException {
        if (image.format() != ImageFormat.QCOW2) {
            return Optional.empty();
        }
        Tool.Ran ran = Tool.end("qemu-img", "check", "-U", "-q", graph(List.of(image)));
        return ran.status() == 0 || ran.status() == 3
                ? Optional.empty()
                : Optional.of(image.file() + " is not sound: " + ran.said().strip());
    }
}
