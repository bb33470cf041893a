package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Xen's {@code vm-snapshot-delete}; the states inside the images go with it. */
@Command(
        name = "vm-snapshot-delete",
        mixinStandardHelpOptions = true,
        description = "delete a snapshot, with what it has inside the images")
final class VmSnapshotDeleteVerb extends SendingVerb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(names = "-n", paramLabel = "NAME", required = true, description = "its name")
    private String name = "";

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        SnapshotName snapshot = new SnapshotName(name);
        send(deadline, api, domain(api, domain), new Delete(snapshot, Optional.empty(), false, false));
        say("VM snapshot " + snapshot + " deleted");
    }
}
