package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Snapshot API v2's way to start a guest: from a snapshot. */
@Command(name = "create-with-snapshot", mixinStandardHelpOptions = true, description = "start a domain from a snapshot")
final class CreateWithSnapshotVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Revert revert = new Revert(
                new SnapshotName(name), Optional.of(Revert.Start.RUNNING), Optional.empty(), false, false, false);
        send(deadline, api, domain(api, domain), revert);
        say("Domain " + domain + " started from snapshot " + name);
    }
}
