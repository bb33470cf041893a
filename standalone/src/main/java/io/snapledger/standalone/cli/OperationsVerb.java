package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The host work of commands: all of it, a domain's, or one operation with its steps. */
@Command(
        name = "operations",
        mixinStandardHelpOptions = true,
        description = "the host work of all domains or of one; or one operation with its steps")
final class OperationsVerb extends Verb {
    @Parameters(
            arity = "0..1",
            paramLabel = "DOMAIN|OPERATION",
            description = "a domain's name or UUID, or an operation's UUID")
    private Optional<String> subject = Optional.empty();

    @Override
    void run(Deadline deadline, QueryApi api) {
        Optional<JsonNode> operation = subject.filter(s -> s.matches("[0-9a-fA-F-]{36}"))
                .flatMap(id -> api.find("/operations/" + QueryApi.segment(id)));
        if (operation.isPresent()) {
            one(operation.get());
        } else {
            many(subject.map(s -> ofDomain(api, s)).orElseGet(() -> ofAll(api)));
        }
    }

    private static ObjectNode ofDomain(QueryApi api, String domain) {
        return api.all("/domains/" + QueryApi.segment(domain) + "/operations", Map.of(), Integer.MAX_VALUE);
    }

    private static ObjectNode ofAll(QueryApi api) {
        ObjectNode domains = api.all("/domains", Map.of(), Integer.MAX_VALUE);
        ArrayNode items = Json.strict().createArrayNode();
        for (JsonNode domain : domains.path("items")) {
            ofDomain(api, domain.path("id").asText()).path("items").forEach(items::add);
        }
        ObjectNode all = Json.strict().createObjectNode();
        all.set("items", items);
        all.putNull("next");
        all.set("position", domains.path("position"));
        return all;
    }

    private void many(ObjectNode all) {
        if (json()) {
            print(all);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode item : all.path("items")) {
            OperationView o = QueryApi.read(item, OperationView.class);
            rows.add(List.of(
                    o.id().toString(),
                    o.command(),
                    o.snapshot().map(SnapshotName::value).orElse("-"),
                    Words.of(o.state()),
                    o.progress().percent() + " %",
                    Texts.shown(o.requestedAt())));
        }
        out().print(Table.of(List.of("Operation", "Command", "Snapshot", "State", "Done", "Requested"), rows));
        out().flush();
    }

    private void one(JsonNode found) {
        if (json()) {
            print(found);
            return;
        }
        OperationView o = QueryApi.read(found, OperationView.class);
        line("Operation:", o.id().toString());
        line("Domain:", o.domain().toString());
        line("Host:", o.host().value());
        line("Command:", o.command());
        line("Snapshot:", o.snapshot().map(SnapshotName::value).orElse("-"));
        line("State:", Words.of(o.state()));
        line("Done:", Texts.shown(o.progress()));
        line("Requested:", Texts.shown(o.requestedAt()));
        o.endedAt().ifPresent(t -> line("Ended:", Texts.shown(t)));
        o.pausedMillis().ifPresent(ms -> line("Paused:", ms + " ms"));
        o.frozenMillis().ifPresent(ms -> line("Frozen:", ms + " ms"));
        o.message()
                .ifPresent(m -> line(
                        "Why:", m + o.code().map(c -> " (" + Words.of(c) + ")").orElse("")));
        o.leftovers().forEach(f -> line("Left over:", f.value()));
        next(o).ifPresent(n -> line("Next:", n));
        List<List<String>> rows = o.steps().stream()
                .map(s -> List.of(
                        Integer.toString(s.attempt()),
                        Integer.toString(s.step()),
                        s.kind(),
                        s.outcome().map(Words::of).orElse("-"),
                        s.millis().map(ms -> ms + " ms").orElse("-"),
                        s.message()
                                .or(() -> s.memoryWay().map(OperationsVerb::shown))
                                .orElse("")))
                .toList();
        out().println();
        out().print(Table.of(List.of("Attempt", "Step", "What", "Outcome", "Time", "Message"), rows));
        out().flush();
    }

    /** What a person can do about an operation that does not end by itself. */
    private static Optional<String> next(OperationView o) {
        String abandon = "snapledger abandon " + o.domain() + " " + o.id();
        return switch (o.state()) {
            case NEEDS_ATTENTION ->
                Optional.of("put right what is wrong on host " + o.host() + ", then: snapledger retry " + o.domain()
                        + " " + o.id() + "; or give it up: " + abandon);
            case STALLED ->
                Optional.of("see to the executor of host " + o.host() + "; if it is silent for good: " + abandon);
            case REQUESTED, ROLLING_BACK, RETRYING, SUCCEEDED, ROLLED_BACK, CANCELLED, ABANDONED -> Optional.empty();
        };
    }

    private static String shown(MemoryWay way) {
        return switch (way) {
            case STOPPED -> "the guest stood still while its memory was saved";
            case SWITCH_OVER -> "live, up to the switch-over, not in the background, the host's log says why";
            case BACKGROUND -> "live, in the background";
        };
    }

    private void line(String what, String value) {
        print("%-15s %s".formatted(what, value));
    }
}
