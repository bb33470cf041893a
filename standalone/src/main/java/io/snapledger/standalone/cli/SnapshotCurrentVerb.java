package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells which snapshot is current; with a name, makes that one so. */
@Command(
        name = "snapshot-current",
        mixinStandardHelpOptions = true,
        description = "the current snapshot as a <domainsnapshot> document; with NAME, make that one current")
final class SnapshotCurrentVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "the snapshot's name")
    private Optional<String> name = Optional.empty();

    @Option(names = "--name", description = "only its name")
    private boolean nameOnly;

    @Option(names = "--security-info", description = "with passwords; refused, a reader is shown none")
    private boolean securityInfo;

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        exclusive("--name", nameOnly, "--snapshotname", name.isPresent());
        exclusive("--as-of", moment.given(), "--snapshotname", name.isPresent());
        name.ifPresent(n -> Texts.value(SnapshotName::new, n));
        SnapshotDumpXmlVerb.requireNoSecrets(securityInfo);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        if (name.isPresent()) {
            SnapshotName snapshot = new SnapshotName(name.get());
            send(deadline, api, domain(api, domain), new DomainCommand.SetCurrent(snapshot));
            say("Snapshot " + snapshot + " set as current");
            return;
        }
        DomainView of = api.domain(domain, moment.parameters());
        SnapshotName current = current(of);
        if (json()) {
            print(SnapshotInfoVerb.one(api, of.id().toString(), current, moment.parameters()));
        } else if (nameOnly) {
            print(current.value());
        } else {
            out().print(SnapshotDumpXmlVerb.document(api, of.id().toString(), current, moment.parameters()));
            out().flush();
        }
    }
}
