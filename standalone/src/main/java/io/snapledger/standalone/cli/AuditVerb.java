package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.runtime.evidence.Finding;
import io.snapledger.runtime.evidence.LogCheck;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Every command, refused ones too, and every event. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "every command, refused ones too, and every event; newest first",
            "With --verify: hold the log itself to its chains of hashes, and to anchors that others hold."
        })
final class AuditVerb extends Verb {
    private static final int USUAL = 100;

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "name or UUID")
    private Optional<String> domain = Optional.empty();

    @Option(names = "--snapshot", paramLabel = "NAME", description = "about the snapshot of this name")
    private Optional<String> snapshot = Optional.empty();

    @Option(names = "--actor", paramLabel = "WHO", description = "on whose behalf")
    private Optional<String> actor = Optional.empty();

    @Option(names = "--source", paramLabel = "URI", description = "who sent it")
    private Optional<String> source = Optional.empty();

    @Option(names = "--type", paramLabel = "TYPE", description = "for example CreateSnapshot or SnapshotCreated")
    private Optional<String> type = Optional.empty();

    @Option(
            names = "--outcome",
            paramLabel = "WORD",
            description = "accepted, rejected, repeated, recorded, succeeded, failed")
    private Optional<String> outcome = Optional.empty();

    @Option(
            names = {"--since", "--from"},
            paramLabel = "TIME",
            converter = Texts.Moment.class,
            description = "not before, for example 2026-11-21T08:00:00Z")
    private Optional<Instant> since = Optional.empty();

    @Option(
            names = {"--until", "--to"},
            paramLabel = "TIME",
            converter = Texts.Moment.class,
            description = "before")
    private Optional<Instant> until = Optional.empty();

    @Option(names = "--correlation", paramLabel = "ID", description = "begun by the command of this id")
    private Optional<String> correlation = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "at most so many (100, and all for csv and ndjson; of these at most 1000)")
    private Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description =
                    "table, json, csv or ndjson (${DEFAULT-VALUE}); csv and ndjson are written while they are read,"
                            + " however many lines there are")
    private String format = "table";

    /** How the lines are written; what has a type of its own is passed on as the service writes it. */
    private enum Format {
        TABLE(""),
        JSON(""),
        CSV("text/csv"),
        NDJSON("application/x-ndjson");

        private final String type;

        Format(String type) {
            this.type = type;
        }
    }

    @Mixin
    private Evidence evidence = new Evidence();

    @Override
    void check() {
        evidence.wrong(domain).ifPresent(message -> {
            throw wrong(message);
        });
        limit.filter(n -> n < 1).ifPresent(n -> {
            throw wrong("--limit " + n + " cannot be used; give a number from 1");
        });
        exclusive("--json", json(), "--format", !format.equals("table"));
        Texts.word("--format", Format.class, format);
        outcome.ifPresent(w -> Texts.word("--outcome", AuditView.Outcome.class, w));
        snapshot.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        if (evidence.wanted()) {
            verify(deadline);
            return;
        }
        switch (Texts.word("--format", Format.class, format)) {
            case TABLE -> table(api);
            case JSON -> print(lines(api));
            case CSV -> export(api, deadline, Format.CSV);
            case NDJSON -> export(api, deadline, Format.NDJSON);
        }
    }

    private ObjectNode lines(QueryApi api) {
        return api.all("/audit", question(), limit.orElse(USUAL));
    }

    private void export(QueryApi api, Deadline deadline, Format as) {
        Map<String, String> question = question();
        limit.ifPresent(n -> question.put("limit", Integer.toString(n)));
        api.write("/audit", question, as.type, out(), deadline.whole());
    }

    private void table(QueryApi api) {
        ObjectNode all = lines(api);
        if (json()) {
            print(all);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode item : all.path("items")) {
            rows.add(row(QueryApi.read(item, AuditView.class)));
        }
        out().print(Table.of(List.of("Time", "Type", "Domain", "Snapshot", "Outcome", "Who", "Why"), rows));
        out().flush();
    }

    /** The service is not asked: the log itself is read. */
    private void verify(Deadline deadline) {
        List<Finding> findings = new ArrayList<>();
        LogCheck.Checked checked = evidence.verify(domain.map(UUID::fromString), deadline, findings::add);
        if (json()) {
            print(Evidence.json(checked, findings));
        } else {
            findings.forEach(f -> print(f.kind() + " " + f.domain() + ": " + f.message()));
            print(checked.entries() + " entries of " + checked.heads().size() + " domains up to position "
                    + checked.position() + " were checked");
        }
        if (!findings.isEmpty()) {
            throw new RefusedException("the log is not what was written: " + findings.size()
                    + (findings.size() == 1 ? " finding" : " findings"));
        }
        if (!json()) {
            print("the log is whole");
        }
    }

    private Map<String, String> question() {
        Map<String, String> question = new LinkedHashMap<>();
        domain.ifPresent(v -> question.put("domain", v));
        snapshot.ifPresent(v -> question.put("snapshot", v));
        actor.ifPresent(v -> question.put("actor", v));
        source.ifPresent(v -> question.put("source", v));
        type.ifPresent(v -> question.put("type", v));
        outcome.ifPresent(v -> question.put("outcome", v));
        since.ifPresent(v -> question.put("from", v.toString()));
        until.ifPresent(v -> question.put("to", v.toString()));
        correlation.ifPresent(v -> question.put("correlation", v));
        return question;
    }

    private static List<String> row(AuditView line) {
        return List.of(
                Texts.shown(line.at()),
                line.type(),
                line.domain().map(Object::toString).orElse("-"),
                line.snapshot().map(SnapshotName::value).orElse("-"),
                Words.of(line.outcome())
                        + line.code().map(c -> " " + Words.of(c)).orElse(""),
                plain(line.actor().or(line::source).orElse("-")),
                plain(line.message().or(line::reason).orElse("")));
    }

    /** Other people's text, without what would move the cursor. */
    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
