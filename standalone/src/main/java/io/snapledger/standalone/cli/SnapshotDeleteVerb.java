package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes a snapshot, its descendants, or both. */
@Command(name = "snapshot-delete", mixinStandardHelpOptions = true, description = "delete a snapshot")
final class SnapshotDeleteVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "the snapshot's name")
    private Optional<String> name = Optional.empty();

    @Option(names = "--current", description = "the current snapshot")
    private boolean current;

    @Option(names = "--children", description = "it and everything below it")
    private boolean children;

    @Option(names = "--children-only", description = "everything below it")
    private boolean childrenOnly;

    @Option(names = "--metadata", description = "forget it, and leave its files")
    private boolean metadata;

    @Option(names = "--force", description = "also where a pin stands in the way")
    private boolean force;

    @Override
    void check() {
        target(name, current);
        exclusive("--children", children, "--children-only", childrenOnly);
    }

    private Optional<Delete.Scope> scope() {
        if (children) {
            return Optional.of(Delete.Scope.WITH_DESCENDANTS);
        }
        return childrenOnly ? Optional.of(Delete.Scope.DESCENDANTS_ONLY) : Optional.empty();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        SnapshotName snapshot = meant(api, domain, name);
        send(deadline, api, domain(api, domain), new Delete(snapshot, scope(), metadata, force));
        say("Domain snapshot " + snapshot + (childrenOnly ? " children deleted" : " deleted"));
    }
}
