package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Snapshot API v2's verb, with the options of its draft of virsh. */
@Command(
        name = "snapshot-deactivate",
        mixinStandardHelpOptions = true,
        description = "a snapshot is no longer used: it is kept, merged or discarded")
final class SnapshotDeactivateVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Option(names = "--merge", description = "merge it into its parent or the base image")
    private boolean merge;

    @Option(
            names = {"--mergeforce", "--merge-force"},
            description = "merge it, and discard the snapshots that stand in the way")
    private boolean mergeForce;

    @Option(
            names = {"--delete", "--discard"},
            description = "discard it, and what was written since")
    private boolean discard;

    @Option(
            names = {"--mergedelete", "--discard-force"},
            description = "discard it and the snapshots taken since")
    private boolean discardForce;

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
        exclusive("--merge", merge, "--mergeforce", mergeForce);
        exclusive("--merge", merge, "--delete", discard);
        exclusive("--merge", merge, "--mergedelete", discardForce);
        exclusive("--mergeforce", mergeForce, "--delete", discard);
        exclusive("--mergeforce", mergeForce, "--mergedelete", discardForce);
        exclusive("--delete", discard, "--mergedelete", discardForce);
    }

    private Optional<Deactivate.Mode> mode() {
        if (merge || mergeForce) {
            return Optional.of(Deactivate.Mode.MERGE);
        }
        return discard || discardForce ? Optional.of(Deactivate.Mode.DISCARD) : Optional.empty();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        send(
                deadline,
                api,
                domain(api, domain),
                new Deactivate(new SnapshotName(name), mode(), mergeForce || discardForce));
        say("Domain snapshot " + name + " deactivated");
    }
}
