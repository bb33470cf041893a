package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DiffView;
import io.snapledger.schema.query.LayersView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is otherwise with a domain at one moment than at another. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = {
            "what changed about a domain between two moments",
            "+ was added, - is gone, ~ is otherwise. A moment that is not given is now."
        })
final class DiffVerb extends Verb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "by name or id")
    private String domain = "";

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = Texts.Moment.class,
            description = "the first moment, for example 2026-11-21T08:00:00Z")
    private Optional<Instant> from = Optional.empty();

    @Option(names = "--to", paramLabel = "TIME", converter = Texts.Moment.class, description = "the second moment")
    private Optional<Instant> to = Optional.empty();

    @Override
    void check() {
        if (from.isEmpty() && to.isEmpty()) {
            throw wrong("give --from TIME, --to TIME or both; without them both moments are now");
        }
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Map<String, String> moments = new HashMap<>();
        from.ifPresent(t -> moments.put("from", t.toString()));
        to.ifPresent(t -> moments.put("to", t.toString()));
        JsonNode answer = api.get("/domains/" + QueryApi.segment(domain) + "/diff", moments);
        if (json()) {
            print(answer);
            return;
        }
        lines(QueryApi.read(answer, DiffView.class)).forEach(out()::println);
        out().flush();
    }

    private static List<String> lines(DiffView diff) {
        List<String> lines = new ArrayList<>();
        diff.defined().ifPresent(d -> lines.add((d.to() ? "+" : "-") + " domain " + diff.domain()));
        diff.current().ifPresent(c -> lines.add("~ current snapshot: " + shown(c.from()) + " -> " + shown(c.to())));
        diff.state()
                .ifPresent(s -> lines.add(
                        "~ guest: " + shown(s.from().map(Words::of)) + " -> " + shown(s.to().map(Words::of))));
        diff.snapshots().added().forEach(s -> lines.add("+ snapshot " + s.name()));
        diff.snapshots().removed().forEach(s -> lines.add("- snapshot " + s.name()));
        diff.snapshots()
                .changed()
                .forEach(s -> lines.add("~ snapshot " + s.name() + ": " + String.join(", ", s.fields())));
        diff.layers().added().forEach(f -> lines.add("+ file " + file(f)));
        diff.layers().removed().forEach(f -> lines.add("- file " + file(f)));
        diff.layers().changed().forEach(f -> lines.add("~ file " + file(f.to())));
        return lines;
    }

    private static String file(LayersView.LayerFile layer) {
        return layer.path().toString();
    }

    private static String shown(Optional<?> value) {
        return value.map(Object::toString).orElse("-");
    }
}
