package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.SnapshotName;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is known of one snapshot. */
@Command(name = "snapshot-info", mixinStandardHelpOptions = true, description = "what is known of a snapshot")
final class SnapshotInfoVerb extends Verb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "the snapshot's name")
    private Optional<String> name = Optional.empty();

    @Option(names = "--current", description = "the current snapshot")
    private boolean current;

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        target(name, current);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain, moment.parameters());
        SnapshotName snapshot = name.map(SnapshotName::new).orElseGet(() -> current(of));
        JsonNode found = one(api, of.id().toString(), snapshot, moment.parameters());
        if (json()) {
            print(found);
            return;
        }
        SnapshotView view = QueryApi.read(found, SnapshotView.class);
        out().print(text(of, view));
        out().flush();
    }

    static JsonNode one(QueryApi api, String domain, SnapshotName snapshot, Map<String, String> moment) {
        return api.get(
                "/domains/" + QueryApi.segment(domain) + "/snapshots/" + QueryApi.segment(snapshot.value()), moment);
    }

    /** virsh's nine lines, and one more where they are not to be relied on. */
    static String text(DomainView domain, SnapshotView view) {
        return line("Name:", view.name().value())
                + line("Domain:", domain.name().value())
                + line("Current:", yes(view.current()))
                + line("State:", Words.of(view.state()))
                + line("Location:", Words.of(view.location()))
                + line("Parent:", view.parent().map(SnapshotName::value).orElse("-"))
                + line("Children:", Long.toString(view.children()))
                + line("Descendants:", Long.toString(view.descendants()))
                + line("Metadata:", yes(view.metadata()))
                + (domain.drift().isEmpty()
                        ? ""
                        : line(
                                "Drifted:",
                                "see: snapledger drift " + domain.name().value()));
    }

    private static String line(String what, String value) {
        return "%-15s %s%n".formatted(what, value);
    }

    private static String yes(boolean it) {
        return it ? "yes" : "no";
    }
}
