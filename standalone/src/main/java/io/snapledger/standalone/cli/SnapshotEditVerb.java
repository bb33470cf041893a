package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.RedefineSnapshot;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A snapshot's document in an editor, then redefined (libvirt's rule V8). A new name is a clone of the record or, when it is
 * renamed, takes the children and the place of the old one.
 */
@Command(
        name = "snapshot-edit",
        mixinStandardHelpOptions = true,
        description = "edit the <domainsnapshot> document of a snapshot, and redefine it by that")
final class SnapshotEditVerb extends SendingVerb {
    private static final Set<ParseFlag> FLAGS = EnumSet.of(ParseFlag.DISKS, ParseFlag.REDEFINE);

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "(default: with --current, the current one)")
    private Optional<String> name = Optional.empty();

    @Option(names = "--current", description = "with NAME: also make it current; without: edit the current one")
    private boolean current;

    @Option(names = "--rename", description = "the name may be changed")
    private boolean rename;

    @Option(names = "--clone", description = "a changed name makes a second record of the same state")
    private boolean cloned;

    @Option(
            names = "--editor",
            paramLabel = "COMMAND",
            defaultValue = "${env:VISUAL:-${env:EDITOR:-vi}}",
            description = "what edits the file (default: VISUAL, EDITOR, or vi)")
    private String editor = "vi";

    @Override
    void check() {
        exclusive("--rename", rename, "--clone", cloned);
        name.ifPresent(n -> Texts.value(SnapshotName::new, n));
        required(name, current);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainId id = domain(api, domain);
        SnapshotName old = name.map(SnapshotName::new).orElseGet(() -> current(api.domain(domain)));
        String before = SnapshotDumpXmlVerb.document(api, id.toString(), old, Map.of());
        Path file = edited(before);
        String after = SnapshotFile.text(file);
        if (after.equals(before)) {
            forget(file);
            print("Snapshot " + old + " XML configuration not changed.");
            return;
        }
        DomainSnapshotXml document = SnapshotFile.read(file, after, FLAGS);
        SnapshotName now = document.name().orElse(old);
        SnapshotView view = QueryApi.read(SnapshotInfoVerb.one(api, id.toString(), old, Map.of()), SnapshotView.class);
        if (!now.equals(old)) {
            requireNameMayChange(view, now, file);
        }
        boolean makeCurrent = (name.isPresent() && current) || (rename && view.current());
        send(deadline, api, id, new RedefineSnapshot(after, makeCurrent));
        if (rename && !now.equals(old)) {
            for (SnapshotName child : children(api, id, old)) {
                send(deadline, api, id, new RedefineSnapshot(moved(api, id, child, now), false));
            }
            send(deadline, api, id, new Delete(old, Optional.empty(), true, false));
        }
        forget(file);
        say("Snapshot " + now
                + (now.equals(old) ? " edited." : (rename ? " renamed from " : " cloned from ") + old + "."));
    }

    private void requireNameMayChange(SnapshotView view, SnapshotName now, Path file) {
        if (!rename && !cloned) {
            throw new RefusedException("must use --rename or --clone to change " + view.name() + " to " + now
                    + "; the edited document is in " + file);
        }
        if (view.disks().stream().anyMatch(d -> d.snapshot() == CaptureMode.INTERNAL)) {
            throw new RefusedException("snapshot " + view.name() + " has states inside images, which are found by that"
                    + " name, so " + now + " would have none; keep the name");
        }
    }

    private static String moved(QueryApi api, DomainId id, SnapshotName child, SnapshotName parent) {
        String document = SnapshotDumpXmlVerb.document(api, id.toString(), child, Map.of());
        return DomainSnapshotXml.read(document, FLAGS).under(parent).write();
    }

    private static List<SnapshotName> children(QueryApi api, DomainId id, SnapshotName parent) {
        List<SnapshotName> names = new ArrayList<>();
        api.all("/domains/" + id + "/snapshots", Map.of("from", parent.value()), Integer.MAX_VALUE)
                .path("items")
                .forEach(s -> names.add(new SnapshotName(s.path("name").asText())));
        return names;
    }

    private Path edited(String document) {
        try {
            Path file = Files.createTempFile("snapledger-", ".xml");
            Files.writeString(file, document, StandardCharsets.UTF_8);
            List<String> command = new ArrayList<>(List.of(editor.strip().split(" +")));
            command.add(file.toString());
            int status = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (status != 0) {
                throw new RefusedException("editor \"" + editor + "\" ended with status " + status
                        + "; nothing was changed, the document is in " + file);
            }
            return file;
        } catch (IOException e) {
            throw new RefusedException("editor \"" + editor + "\" cannot be run: " + e.getMessage()
                    + "; give another with --editor or EDITOR");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("stopped while waiting for the editor; nothing was changed");
        }
    }

    private void forget(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            err().println("warning: " + file + " stays: " + e.getMessage());
        }
    }
}
