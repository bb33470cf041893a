package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Xen's {@code vm-snapshot-apply}: a revert. */
@Command(
        name = "vm-snapshot-apply",
        mixinStandardHelpOptions = true,
        description = "bring a domain to a snapshot's state")
final class VmSnapshotApplyVerb extends SendingVerb {
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
        send(deadline, api, domain(api, domain), to(snapshot));
        say("VM snapshot " + snapshot + " applied");
    }

    static Revert to(SnapshotName snapshot) {
        return new Revert(snapshot, Optional.empty(), Optional.empty(), false, false, false);
    }
}
