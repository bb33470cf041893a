package io.snapledger.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.runtime.evidence.Anchor;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Anchors in a file, one JSON object on each line: an event as such, or a record with its headers as kcat prints it. */
final class AnchorFile {
    private static final String REPLY = "/reply";

    private AnchorFile() {}

    /** @throws RefusedException that names the line which is no anchor */
    static List<Anchor> read(Path file) {
        List<Anchor> all = new ArrayList<>();
        int[] line = {0};
        try (Stream<String> lines = Files.lines(file)) {
            lines.forEach(text -> {
                line[0]++;
                if (!text.isBlank()) {
                    all.add(anchor(text)
                            .orElseThrow(() -> new RefusedException("line " + line[0] + " of '" + file
                                    + "' is no anchor; it needs \"id\", \"subject\" and \"ledgerhash\", as an event has"
                                    + " them")));
                }
            });
            return all;
        } catch (IOException | UncheckedIOException e) {
            throw new RefusedException("cannot read '" + file + "': " + e.getMessage());
        }
    }

    private static Optional<Anchor> anchor(String text) {
        try {
            JsonNode json = Json.lenient().readTree(text);
            JsonNode event = json.has("headers") ? attributes(json.get("headers")) : json;
            return of(
                    event.path("subject").asText(),
                    event.path("id").asText(),
                    event.path("ledgerhash").asText());
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
    }

    /** A reply at the end of an operation has the id of the entry that it tells of, and a word more. */
    static Optional<Anchor> of(String subject, String id, String hash) {
        if (id.isEmpty() || hash.isEmpty()) {
            return Optional.empty();
        }
        try {
            String entry = id.endsWith(REPLY) ? id.substring(0, id.length() - REPLY.length()) : id;
            return Optional.of(new Anchor(UUID.fromString(subject), entry, hash));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Names and values by turns. */
    private static ObjectNode attributes(JsonNode headers) {
        ObjectNode event = Json.lenient().createObjectNode();
        for (int i = 0; i + 1 < headers.size(); i += 2) {
            event.put(
                    headers.get(i).asText().replaceFirst("^ce_", ""),
                    headers.get(i + 1).asText());
        }
        return event;
    }

    /** @throws RefusedException when it cannot be written */
    static void write(Path file, List<Anchor> anchors) {
        List<String> lines = anchors.stream().map(AnchorFile::line).toList();
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new RefusedException("cannot write '" + file + "': " + e.getMessage());
        }
    }

    private static String line(Anchor anchor) {
        return Json.lenient()
                .createObjectNode()
                .put("subject", anchor.domain().toString())
                .put("id", anchor.entry())
                .put("ledgerhash", anchor.hash())
                .toString();
    }
}
