package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Writes a domain's whole tree as libvirt's documents, parents first, with a script by which virsh takes them back. All of
 * it shows one moment.
 */
@Command(
        name = "snapshot-export",
        mixinStandardHelpOptions = true,
        description = "write a domain's snapshots as documents, and a script by which virsh takes them back")
final class SnapshotExportVerb extends Verb {
    static final String SCRIPT = "redefine.sh";

    @Parameters(index = "0", paramLabel = "DIR", description = "a folder without documents; made when it is not there")
    private Path folder = Path.of("");

    @Parameters(index = "1", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain);
        String path = "/domains/" + of.id();
        ObjectNode list = api.all(path + "/snapshots", Map.of("topological", "true"), Integer.MAX_VALUE);
        String position = list.path("position").asText();
        try {
            requireNoDocuments();
            List<String> script = new ArrayList<>(List.of(
                    "#!/bin/sh",
                    "# Run beside the documents: virsh makes the snapshots known again, parents first.",
                    "set -e"));
            for (JsonNode snapshot : list.path("items")) {
                SnapshotName name = new SnapshotName(snapshot.path("name").asText());
                boolean current = snapshot.path("current").asBoolean();
                String file = "%05d-%s.xml".formatted(script.size() - 2, name);
                Files.writeString(folder.resolve(file), document(api, path, position, name, current));
                script.add("virsh snapshot-create --domain " + quoted(of.name().value()) + " --xmlfile " + quoted(file)
                        + " --redefine" + (current ? " --current" : ""));
            }
            Path written = Files.write(folder.resolve(SCRIPT), script);
            boolean runs = written.toFile().setExecutable(true);
            int count = list.path("items").size();
            if (json()) {
                print(list);
            } else {
                print(count + " snapshots of domain '" + of.name() + "' exported to '" + folder + "'"
                        + (runs ? "" : " (make " + SCRIPT + " executable yourself)"));
            }
        } catch (IOException e) {
            throw new RefusedException("cannot write to '" + folder + "': " + e);
        }
    }

    private void requireNoDocuments() throws IOException {
        Files.createDirectories(folder);
        if (!SnapshotImportVerb.documents(folder).isEmpty()) {
            throw new RefusedException("folder '" + folder
                    + "' holds .xml files already, which would come in with the import; give an empty folder");
        }
    }

    private static String document(QueryApi api, String domain, String position, SnapshotName name, boolean current) {
        String document = api.text(
                domain + "/snapshots/" + QueryApi.segment(name.value()) + "/xml", Map.of("atPosition", position));
        return current
                ? DomainSnapshotXml.read(document, EnumSet.of(ParseFlag.REDEFINE))
                        .withActive(Optional.of(true))
                        .write()
                : document;
    }

    /** One word for a shell. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
