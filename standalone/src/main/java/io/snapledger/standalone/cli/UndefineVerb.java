package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Forgets a domain; its files stay. */
@Command(name = "undefine", mixinStandardHelpOptions = true, description = "forget a domain; its files stay")
final class UndefineVerb extends SendingVerb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(names = "--snapshots-metadata", description = "forget its snapshots too")
    private boolean snapshotsMetadata;

    @Override
    void run(Deadline deadline, QueryApi api) {
        send(deadline, api, domain(api, domain), new DomainCommand.UndefineDomain(snapshotsMetadata));
        say("Domain '" + domain + "' has been undefined");
    }
}
