package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Step.Tag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The tags inside some qcow2 images that one QEMU, a guest's or a storage daemon, has as the roots of disks. QEMU itself
 * says which there are ({@code query-named-block-nodes}); a transaction makes all or none.
 *
 * @param nodes the root node of each image
 */
record Tags(Qmp qmp, Map<Image, String> nodes, Duration deadline) {

    /** The tags of each image as they are now. */
    Map<Image, List<StoredTag>> all() throws QmpError {
        Map<String, List<StoredTag>> byNode = new HashMap<>();
        for (JsonNode node :
                qmp.execute(QmpCommand.of("query-named-block-nodes").with("flat", true), deadline)) {
            List<StoredTag> tags = new ArrayList<>();
            node.path("image").path("snapshots").forEach(s -> tags.add(stored(s)));
            byNode.put(node.path("node-name").asText(), tags);
        }
        Map<Image, List<StoredTag>> all = new HashMap<>();
        nodes.forEach((image, node) -> all.put(image, byNode.getOrDefault(node, List.of())));
        return all;
    }

    private static StoredTag stored(JsonNode s) {
        return new StoredTag(
                s.path("id").asText(),
                s.path("name").asText(),
                s.path("vm-state-size").asLong(),
                Instant.ofEpochSecond(
                        s.path("date-sec").asLong(), s.path("date-nsec").asLong()),
                TimeUnit.SECONDS.toNanos(s.path("vm-clock-sec").asLong())
                        + s.path("vm-clock-nsec").asLong());
    }

    void make(List<Tag> tags) throws QmpError, HostException {
        requireNone(tags);
        ArrayNode actions = Json.strict().createArrayNode();
        for (Tag tag : tags) {
            actions.add(action(tag));
        }
        qmp.execute(QmpCommand.of("transaction").with("actions", actions), deadline);
    }

    /** Offline QEMU would make a second one of the same name. */
    void requireNone(List<Tag> tags) throws QmpError, HostException {
        Map<Image, List<StoredTag>> there = tags.isEmpty() ? Map.of() : all();
        for (Tag tag : tags) {
            if (has(there, tag)) {
                throw HostException.refused(
                        "image " + tag.image().file() + " has a tag \"" + tag.name() + "\" already");
            }
        }
    }

    /** QEMU reverts the disks before it finds that a memory is missing: what can be seen is seen before. */
    void requireAll(List<Tag> tags) throws QmpError, HostException {
        Map<Image, List<StoredTag>> there = all();
        for (Tag tag : tags) {
            if (!has(there, tag)) {
                throw HostException.refused("image " + tag.image().file() + " has no tag \"" + tag.name() + "\"");
            }
        }
    }

    JsonNode action(Tag tag) throws HostException {
        return Json.strict()
                .createObjectNode()
                .put("type", "blockdev-snapshot-internal-sync")
                .set(
                        "data",
                        Json.strict()
                                .createObjectNode()
                                .put("device", node(tag))
                                .put("name", tag.name()));
    }

    /** One by one: QEMU deletes over several disks without a transaction. What is gone already is passed over. */
    void remove(List<Tag> tags) throws QmpError, HostException {
        Map<Image, List<StoredTag>> there = all();
        for (Tag tag : tags) {
            if (has(there, tag)) {
                qmp.execute(
                        QmpCommand.of("blockdev-snapshot-delete-internal-sync")
                                .with("device", node(tag))
                                .with("name", tag.name()),
                        deadline);
            }
        }
    }

    static boolean has(Map<Image, List<StoredTag>> there, Tag tag) {
        return there.getOrDefault(tag.image(), List.of()).stream()
                .anyMatch(t -> t.name().equals(tag.name()));
    }

    String node(Tag tag) throws HostException {
        String node = nodes.get(tag.image());
        if (node == null) {
            throw HostException.refused(
                    "no disk of the guest is on " + tag.image().file());
        }
        return node;
    }
}
