package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.DriftView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Where hosts are otherwise than the ledger has it. To see some is no failure of the verb: it answers, and returns 0. */
@Command(
        name = "drift",
        mixinStandardHelpOptions = true,
        description = "where hosts are otherwise than the ledger has it, and what would mend that")
final class DriftVerb extends Verb {
    @Parameters(arity = "0..1", paramLabel = "DOMAIN", description = "name or UUID; all domains without it")
    private Optional<String> domain = Optional.empty();

    @Override
    void run(Deadline deadline, QueryApi api) {
        List<JsonNode> domains = new ArrayList<>();
        domain.ifPresentOrElse(
                d -> domains.add(api.get("/domains/" + QueryApi.segment(d), Map.of())),
                () -> api.all("/domains", Map.of(), Integer.MAX_VALUE)
                        .path("items")
                        .forEach(domains::add));
        if (json()) {
            print(items(domains));
            return;
        }
        for (JsonNode each : domains) {
            DomainView view = QueryApi.read(each, DomainView.class);
            view.drift().forEach(d -> out().print(text(view, d)));
        }
        out().flush();
    }

    private static ObjectNode items(List<JsonNode> domains) {
        ArrayNode items = Json.strict().createArrayNode();
        for (JsonNode each : domains) {
            for (JsonNode drift : each.path("drift")) {
                ObjectNode item = Json.strict().createObjectNode();
                item.set("domain", each.path("name"));
                drift.properties().forEach(p -> item.set(p.getKey(), p.getValue()));
                items.add(item);
            }
        }
        ObjectNode all = Json.strict().createObjectNode();
        all.set("items", items);
        return all;
    }

    static String text(DomainView domain, DriftView drift) {
        StringBuilder text = new StringBuilder();
        text.append("%s%s: %s (since %s)%n"
                .formatted(
                        domain.name(),
                        drift.target().map(t -> " " + t).orElse(""),
                        Texts.plain(drift.text()),
                        Texts.shown(drift.since())));
        drift.repair().forEach(r -> text.append("    %s%n".formatted(Texts.plain(r))));
        return text.toString();
    }
}
