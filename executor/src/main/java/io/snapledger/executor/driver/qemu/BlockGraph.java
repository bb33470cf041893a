package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The block nodes of a running guest: what each of its devices reads, and the names by which commands address it. */
record BlockGraph(List<Root> roots, List<Node> nodes) {
    BlockGraph {
        roots = List.copyOf(roots);
        nodes = List.copyOf(nodes);
    }

    /** What one device of the guest reads, the active layer first. */
    record Root(String node, boolean readOnly, long virtualSize, List<Image> chain) {
        Root {
            chain = List.copyOf(chain);
        }
    }

    /** A node that holds an image in its format. */
    record Node(String name, Image image) {}

    static BlockGraph read(Qmp qmp, Duration deadline) throws QmpError {
        List<JsonNode> answers = qmp.executeAll(
                List.of(
                        QmpCommand.of("query-block"),
                        QmpCommand.of("query-named-block-nodes").with("flat", true)),
                deadline);
        List<Root> roots = roots(answers.get(0));
        List<Node> nodes = new ArrayList<>();
        for (JsonNode node : answers.get(1)) {
            image(node.path("file").asText(), node.path("drv").asText())
                    .ifPresent(i -> nodes.add(new Node(node.path("node-name").asText(), i)));
        }
        return new BlockGraph(roots, nodes);
    }

    /** Only what the devices read, and no node: half the work on a long chain. */
    static List<Root> readRoots(Qmp qmp, Duration deadline) throws QmpError {
        return roots(qmp.execute(QmpCommand.of("query-block"), deadline));
    }

    private static List<Root> roots(JsonNode devices) {
        List<Root> roots = new ArrayList<>();
        for (JsonNode device : devices) {
            root(device.path("inserted")).ifPresent(roots::add);
        }
        return roots;
    }

    /** A device whose images are not files in formats of ours is none of our disks. */
    private static Optional<Root> root(JsonNode inserted) {
        List<Image> chain = new ArrayList<>();
        for (JsonNode image = inserted.path("image"); !image.isMissingNode(); image = image.path("backing-image")) {
            Optional<Image> layer =
                    image(image.path("filename").asText(), image.path("format").asText());
            if (layer.isEmpty()) {
                return Optional.empty();
            }
            chain.add(layer.get());
        }
        return chain.isEmpty()
                ? Optional.empty()
                : Optional.of(new Root(
                        inserted.path("node-name").asText(),
                        inserted.path("ro").asBoolean(),
                        inserted.path("image").path("virtual-size").asLong(),
                        chain));
    }

    private static Optional<Image> image(String filename, String driver) {
        return Stream.of(ImageFormat.values())
                .filter(f -> Words.of(f).equals(driver))
                .findFirst()
                .flatMap(format -> path(filename).map(path -> new Image(path, format)));
    }

    /** QEMU writes {@code json:{…}} where a plain name would not tell how the node was opened. */
    static Optional<HostPath> path(String filename) {
        try {
            String plain = filename;
            if (filename.startsWith("json:")) {
                JsonNode options = Qmp.parse(filename.substring("json:".length()));
                plain = options.has("filename")
                        ? options.path("filename").asText()
                        : options.path("file").path("filename").asText();
            }
            Path path = Path.of(plain);
            return Optional.of(new HostPath((Files.exists(path) ? path.toRealPath() : path).toString()));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The device that reads the file anywhere in its chain. */
    Optional<Root> rootOn(HostPath file) {
        return rootOn(roots, file);
    }

    static Optional<Root> rootOn(List<Root> roots, HostPath file) {
        return roots.stream()
                .filter(r -> r.chain().stream().anyMatch(i -> i.file().equals(file)))
                .findFirst();
    }

    Optional<String> node(Image image) {
        return nodes.stream()
                .filter(n -> n.image().equals(image))
                .map(Node::name)
                .findFirst();
    }

    /** The nodes of the file that were named by someone, not by QEMU itself; QEMU's own go with their last user. */
    List<String> nodes(HostPath file) {
        return nodes.stream()
                .filter(n -> n.image().file().equals(file))
                .map(Node::name)
                .filter(n -> !n.startsWith("#"))
                .toList();
    }

    boolean has(String node) {
        return nodes.stream().anyMatch(n -> n.name().equals(node));
    }
}
