package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.SnapshotName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commits what was written since a snapshot into its base; the snapshot is gone then. */
@Command(
        name = "snapshot-merge",
        mixinStandardHelpOptions = true,
        description = "commit what was written since a snapshot into its base; the snapshot is gone then")
final class SnapshotMergeVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Option(names = "--force", description = "discard what stands in the way, but never what the guest reads")
    private boolean force;

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        send(deadline, api, domain(api, domain), new DomainCommand.Merge(new SnapshotName(name), force));
        say("Domain snapshot " + name + " merged");
    }
}
