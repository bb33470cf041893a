package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.HostName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The host work of commands: all of it, a domain's, or one operation with its steps. */
@Command(
        name = "operations",
        mixinStandardHelpOptions = true,
        description = {
            "the host work of all domains or of one, the newest first; or one operation with its steps",
            "With --watch: what is under way, until each has ended; the status is 1 unless all succeeded."
        })
final class OperationsVerb extends Verb {
    @Parameters(
            arity = "0..1",
            paramLabel = "DOMAIN|OPERATION",
            description = "a domain's name or UUID, or an operation's UUID")
    private Optional<String> subject = Optional.empty();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description =
                    "only those that are so far: requested, rollingBack, retrying, stalled, succeeded, rolledBack,"
                            + " cancelled, abandoned, needsAttention")
    private Optional<String> state = Optional.empty();

    @Option(names = "--host", paramLabel = "HOST", description = "only those of this host")
    private Optional<String> host = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "at most so many (${DEFAULT-VALUE})")
    private int limit = 100;

    @Option(names = "--watch", description = "show how far they are until they have ended")
    private boolean watch;

    @Override
    void check() {
        if (limit < 1) {
            throw wrong("--limit " + limit + " cannot be used; give a number from 1");
        }
        state.ifPresent(s -> Texts.word("--state", OperationState.class, s));
        host.ifPresent(h -> Texts.value(HostName::new, h));
        exclusive("--watch", watch, "--state", state.isPresent());
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Optional<JsonNode> operation = subject.filter(s -> s.matches("[0-9a-fA-F-]{36}"))
                .flatMap(id -> api.find("/operations/" + QueryApi.segment(id)));
        if (operation.isPresent()) {
            one(deadline, api, operation.get());
        } else if (watch) {
            watch(deadline, api);
        } else {
            many(api.all("/operations", question(), limit));
        }
    }

    private Map<String, String> question() {
        Map<String, String> question = new LinkedHashMap<>();
        subject.ifPresent(s -> question.put("domain", s));
        host.ifPresent(h -> question.put("host", h));
        state.ifPresent(s -> question.put("state", s));
        return question;
    }

    private void one(Deadline deadline, QueryApi api, JsonNode found) {
        OperationView seen = read(found);
        JsonNode shown = found;
        if (watch && isUnderWay(seen)) {
            shown = watched(deadline, api, List.of(found)).getFirst();
        }
        if (json()) {
            print(shown);
        } else {
            out().print(OperationText.details(read(shown)));
            out().flush();
        }
        requireSuccess(List.of(shown));
    }

    private void many(ObjectNode all) {
        if (json()) {
            print(all);
            return;
        }
        List<OperationView> shown = new ArrayList<>();
        all.path("items").forEach(item -> shown.add(read(item)));
        out().print(OperationText.table(shown));
        out().flush();
    }

    private void watch(Deadline deadline, QueryApi api) {
        List<JsonNode> begun = Stream.of(OperationState.values())
                .filter(OperationsVerb::isUnderWay)
                .flatMap(s -> underWay(api, s).stream())
                .toList();
        List<JsonNode> ended = watched(deadline, api, begun);
        ArrayNode items = Json.strict().createArrayNode().addAll(ended);
        many(Json.strict().createObjectNode().set("items", items));
        requireSuccess(ended);
    }

    private List<JsonNode> underWay(QueryApi api, OperationState so) {
        Map<String, String> question = question();
        question.put("state", Words.of(so));
        List<JsonNode> found = new ArrayList<>();
        api.all("/operations", question, limit).path("items").forEach(found::add);
        return found;
    }

    /** As they have ended, in the same order. */
    private List<JsonNode> watched(Deadline deadline, QueryApi api, List<JsonNode> begun) {
        List<JsonNode> ended = new ArrayList<>();
        for (int i = 0; i < begun.size(); i++) {
            OperationView of = read(begun.get(i));
            String others = i + 1 < begun.size() ? " and " + (begun.size() - i - 1) + " more" : "";
            Watch watch = new Watch(
                    deadline,
                    new Progress(err(), of.command() + others, !json() && Progress.onTerminal()),
                    "operation " + of.id() + " was not done within " + deadline.shown()
                            + " and goes on; watch it for longer with: snapledger operations " + of.id()
                            + " --watch --timeout 1h");
            ended.add(watch.until(
                    begun.get(i),
                    () -> api.get("/operations/" + of.id(), Map.of()),
                    o -> !isUnderWay(read(o)),
                    o -> Optional.of(read(o).progress())));
        }
        return ended;
    }

    /** What waits for a person is not: it does not end by itself. */
    private static boolean isUnderWay(OperationView operation) {
        return isUnderWay(operation.state());
    }

    private static boolean isUnderWay(OperationState state) {
        return switch (state) {
            case REQUESTED, ROLLING_BACK, RETRYING, STALLED -> true;
            case SUCCEEDED, ROLLED_BACK, CANCELLED, ABANDONED, NEEDS_ATTENTION -> false;
        };
    }

    private void requireSuccess(List<JsonNode> ended) {
        if (!watch) {
            return;
        }
        for (JsonNode item : ended) {
            OperationView o = read(item);
            if (o.state() != OperationState.SUCCEEDED) {
                throw new RefusedException("operation " + o.id() + " is " + Words.of(o.state())
                        + OperationText.why(o).map(w -> ": " + w).orElse(""));
            }
        }
    }

    private static OperationView read(JsonNode item) {
        return QueryApi.read(item, OperationView.class);
    }
}
