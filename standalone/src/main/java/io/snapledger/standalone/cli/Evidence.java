package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.runtime.evidence.Anchor;
import io.snapledger.runtime.evidence.Finding;
import io.snapledger.runtime.evidence.LogCheck;
import io.snapledger.schema.message.Json;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Reads the log from its database, not through the service, and holds it to its chains of hashes, to what Kafka still has
 * of the events, and to anchors that were kept elsewhere.
 */
final class Evidence {
    @Option(names = "--verify", description = "check the log itself: changed, removed, inserted, cut off")
    private boolean wanted;

    @Option(
            names = "--database",
            paramLabel = "URL",
            defaultValue = "${env:SNAPLEDGER_DATABASE_URL:-jdbc:postgresql://127.0.0.1:5432/postgres?user=postgres}",
            description = "with --verify: the JDBC address of the log (SNAPLEDGER_DATABASE_URL; ${DEFAULT-VALUE})")
    private String database = "";

    @Option(
            names = "--events",
            description = "with --verify: every event that Kafka still has must be in the log as it was published")
    private boolean events;

    @Option(
            names = "--anchors",
            paramLabel = "FILE",
            description = {
                "with --verify: what others hold of entries, a JSON object on each line: events or replies in structured"
                        + " mode, what kcat -J prints of them, or what --keep wrote"
            })
    private Optional<Path> anchors = Optional.empty();

    @Option(
            names = "--keep",
            paramLabel = "FILE",
            description = "with --verify: write the last entry of each domain, to be kept where nobody can change it")
    private Optional<Path> keep = Optional.empty();

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    boolean wanted() {
        return wanted;
    }

    /** What does not go together in the options. */
    Optional<String> wrong(Optional<String> domain) {
        if (!wanted && (events || anchors.isPresent() || keep.isPresent())) {
            return Optional.of("--events, --anchors and --keep need --verify");
        }
        if (wanted && domain.filter(d -> !isId(d)).isPresent()) {
            return Optional.of("with --verify give --domain as a UUID; names are the service's, which is not asked");
        }
        return Optional.empty();
    }

    private static boolean isId(String text) {
        try {
            return UUID.fromString(text).toString().equalsIgnoreCase(text);
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /**
     * @throws RefusedException when a file cannot be read or written
     * @throws OutOfReachException when the database or Kafka does not answer
     */
    LogCheck.Checked verify(Optional<UUID> domain, Deadline deadline, Consumer<Finding> found) {
        if (!events) {
            return verify(domain, Stream.empty(), found);
        }
        try (EventAnchors published =
                EventAnchors.upToNow(kafka.access(), kafka.topics().events(), deadline)) {
            return verify(domain, published.stream(), found);
        }
    }

    private LogCheck.Checked verify(Optional<UUID> domain, Stream<Anchor> published, Consumer<Finding> found) {
        Stream<Anchor> kept = anchors.map(AnchorFile::read).stream().flatMap(List::stream);
        try (Connection connection = DriverManager.getConnection(database)) {
            LogCheck.Checked checked = LogCheck.run(
                    connection, domain, Stream.concat(kept, published).iterator(), found);
            keep.ifPresent(f -> AnchorFile.write(f, checked.heads()));
            return checked;
        } catch (SQLException e) {
            throw new OutOfReachException(
                    "the log cannot be read from " + withoutPassword(database) + " (" + e.getMessage()
                            + "); is --database or SNAPLEDGER_DATABASE_URL right?",
                    e);
        }
    }

    private static String withoutPassword(String url) {
        return url.replaceAll("(?i)(password=)[^&]*", "$1…");
    }

    static JsonNode json(LogCheck.Checked checked, List<Finding> findings) {
        ObjectMapper json = Json.lenient();
        ObjectNode all = json.createObjectNode();
        all.put("entries", checked.entries());
        all.put("domains", checked.heads().size());
        all.put("position", checked.position());
        ArrayNode list = all.putArray("findings");
        findings.forEach(f -> list.add(json.valueToTree(f)));
        return all;
    }
}
