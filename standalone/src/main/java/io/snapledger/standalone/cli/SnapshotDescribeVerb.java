package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.SnapshotName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Gives a snapshot another description. */
@Command(
        name = "snapshot-describe",
        mixinStandardHelpOptions = true,
        description = "give a snapshot another description; an empty one takes it away")
final class SnapshotDescribeVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Parameters(index = "2", paramLabel = "DESCRIPTION", description = "the new one")
    private String description = "";

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        SnapshotName snapshot = new SnapshotName(name);
        send(deadline, api, domain(api, domain), new DomainCommand.DescribeSnapshot(snapshot, description));
        say("Domain snapshot " + snapshot + " described");
    }
}
