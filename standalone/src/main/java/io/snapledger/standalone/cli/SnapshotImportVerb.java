package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.ParseFlag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Makes a whole tree known: what snapshot-export wrote, or what libvirt itself keeps of a domain. Sent in parts that Kafka
 * takes; nothing holds until the last has come.
 */
@Command(
        name = "snapshot-import",
        mixinStandardHelpOptions = true,
        description = "make known all snapshots of a folder of documents, or none")
final class SnapshotImportVerb extends SendingVerb {
    private static final int PART_BYTES = 200 << 10;

    @Parameters(index = "0", paramLabel = "DIR", description = "the folder; every .xml in it is a snapshot")
    private Path folder = Path.of("");

    @Parameters(index = "1", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(
            names = "--current",
            paramLabel = "NAME",
            description = "the current one, where the documents do not tell by <active>")
    private Optional<String> current = Optional.empty();

    @Override
    void check() {
        current.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        List<String> documents = read();
        List<List<String>> parts = parts(documents);
        DomainId id = domain(api, domain);
        String importId = UUID.randomUUID().toString();
        for (int i = 0; i < parts.size(); i++) {
            send(
                    deadline,
                    api,
                    id,
                    new DomainCommand.ImportTree(
                            importId, i + 1, parts.size(), parts.get(i), current.map(SnapshotName::new)));
        }
        say(documents.size() + " snapshots imported into domain '" + domain + "'");
    }

    private List<String> read() {
        try {
            List<String> documents = new ArrayList<>();
            for (Path file : documents(folder)) {
                String document = SnapshotFile.text(file);
                SnapshotFile.read(file, document, EnumSet.of(ParseFlag.REDEFINE));
                documents.add(document);
            }
            if (documents.isEmpty()) {
                throw new RefusedException(
                        "folder '" + folder + "' holds no .xml file; give what snapshot-export wrote");
            }
            return documents;
        } catch (IOException e) {
            throw new RefusedException("cannot read folder '" + folder + "': " + e);
        }
    }

    /** In the order of their names. */
    static List<Path> documents(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().endsWith(".xml"))
                    .sorted()
                    .toList();
        }
    }

    private static List<List<String>> parts(List<String> documents) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        int size = 0;
        for (String document : documents) {
            int more = Json.write(document).getBytes(StandardCharsets.UTF_8).length + 1;
            if (!part.isEmpty() && size + more > PART_BYTES) {
                parts.add(part);
                part = new ArrayList<>();
                size = 0;
            }
            part.add(document);
            size += more;
        }
        parts.add(part);
        return parts;
    }
}
