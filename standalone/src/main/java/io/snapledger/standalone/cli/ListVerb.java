package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DomainView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The domains that are known. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "the domains that are known")
final class ListVerb extends Verb {
    @Option(names = "--name", description = "names only")
    private boolean names;

    @Override
    void run(Deadline deadline, QueryApi api) {
        ObjectNode all = api.all("/domains", Map.of(), Integer.MAX_VALUE);
        if (json()) {
            print(all);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode item : all.path("items")) {
            DomainView domain = QueryApi.read(item, DomainView.class);
            if (names) {
                print(domain.name().value());
            }
            rows.add(List.of(
                    domain.name().value(),
                    domain.host().value(),
                    domain.state().map(Words::of).orElse("-"),
                    Long.toString(domain.snapshots()),
                    domain.current().map(n -> n.value()).orElse("-"),
                    domain.drift().isEmpty()
                            ? "-"
                            : Integer.toString(domain.drift().size())));
        }
        if (!names) {
            rows.sort((a, b) -> String.CASE_INSENSITIVE_ORDER.compare(a.getFirst(), b.getFirst()));
            out().print(Table.of(List.of("Name", "Host", "State", "Snapshots", "Current", "Drift"), rows));
            out().flush();
        }
    }
}
