package io.snapledger.standalone.cli;

import io.snapledger.schema.value.SnapshotName;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a snapshot as libvirt's document. */
@Command(
        name = "snapshot-dumpxml",
        mixinStandardHelpOptions = true,
        description = "a snapshot as a <domainsnapshot> document, which snapshot-create --redefine takes back")
final class SnapshotDumpXmlVerb extends Verb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Option(names = "--security-info", description = "with passwords; refused, a reader is shown none")
    private boolean securityInfo;

    @Option(names = "--xpath", paramLabel = "EXPRESSION", description = "only the nodes that it selects")
    private Optional<String> xpath = Optional.empty();

    @Option(names = "--wrap", description = "with --xpath: in one <nodes> element")
    private boolean wrap;

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        Texts.value(SnapshotName::new, name);
        requireNoSecrets(securityInfo);
    }

    /** libvirt's rule G3: what may only read sees no secrets. */
    static void requireNoSecrets(boolean asked) {
        if (asked) {
            throw new RefusedException("operation forbidden: the query API only reads, and shows no passwords;"
                    + " leave --security-info out");
        }
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        String document = document(api, domain, new SnapshotName(name), moment.parameters());
        out().print(xpath.map(x -> XPaths.select(document, x, wrap)).orElse(document));
        out().flush();
    }

    static String document(QueryApi api, String domain, SnapshotName snapshot, Map<String, String> moment) {
        return api.text(
                "/domains/" + QueryApi.segment(domain) + "/snapshots/" + QueryApi.segment(snapshot.value()) + "/xml",
                moment);
    }
}
