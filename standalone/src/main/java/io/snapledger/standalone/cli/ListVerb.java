package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.HostName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The domains that are known. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "the domains that are known")
final class ListVerb extends Verb {
    @Option(names = "--name", description = "names only")
    private boolean names;

    @Option(names = "--host", paramLabel = "HOST", description = "only those of this host")
    private Optional<String> host = Optional.empty();

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        host.ifPresent(h -> Texts.value(HostName::new, h));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Map<String, String> question = new LinkedHashMap<>(moment.parameters());
        host.ifPresent(h -> question.put("host", h));
        ObjectNode all = api.all("/domains", question, Integer.MAX_VALUE);
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
