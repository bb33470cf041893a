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
    @Option(names = "--domain", paramLabel = "DOMAIN", description = "name or UUID")
    private Optional<String> domain = Optional.empty();

    @Option(names = "--snapshot", paramLabel = "NAME")
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

    @Option(names = "--from", paramLabel = "TIME", converter = Texts.Moment.class, description = "not before")
    private Optional<Instant> from = Optional.empty();

    @Option(names = "--to", paramLabel = "TIME", converter = Texts.Moment.class, description = "not after")
    private Optional<Instant> to = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "at most so many (${DEFAULT-VALUE})")
    private int limit = 100;

    @Mixin
    private Evidence evidence = new Evidence();

    @Override
    void check() {
        evidence.wrong(domain).ifPresent(message -> {
            throw wrong(message);
        });
        if (limit < 1) {
            throw wrong("--limit " + limit + " cannot be used; give a number from 1");
        }
        outcome.ifPresent(w -> Texts.word("--outcome", AuditView.Outcome.class, w));
        snapshot.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        if (evidence.wanted()) {
            verify(deadline);
            return;
        }
        ObjectNode all = api.all("/audit", question(), limit);
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
        from.ifPresent(v -> question.put("from", v.toString()));
        to.ifPresent(v -> question.put("to", v.toString()));
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
