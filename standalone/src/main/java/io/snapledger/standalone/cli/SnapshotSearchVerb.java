package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.HostName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Snapshots of a host or of the whole fleet. */
@Command(
        name = "snapshot-search",
        mixinStandardHelpOptions = true,
        description = "the snapshots of all domains, the newest first unless sorted otherwise")
final class SnapshotSearchVerb extends Verb {
    private static final List<String> HEADER =
            List.of("Domain", "Name", "Creation Time", "State", "Location", "Size", "Who");

    @Option(names = "--host", paramLabel = "HOST", description = "only those of the domains of this host")
    private Optional<String> host = Optional.empty();

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "name or UUID")
    private Optional<String> domain = Optional.empty();

    @Mixin
    private SearchOptions search = new SearchOptions();

    @Mixin
    private MomentOption moment = new MomentOption();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "at most so many (${DEFAULT-VALUE})")
    private int limit = 100;

    @ArgGroup(exclusive = false, validate = false, heading = "Filters: any of a group, and all groups%n")
    private SnapshotFilters filters = new SnapshotFilters();

    @Override
    void check() {
        if (limit < 1) {
            throw wrong("--limit " + limit + " cannot be used; give a number from 1");
        }
        host.ifPresent(h -> Texts.value(HostName::new, h));
        search.check(this);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        ObjectNode all = api.all("/snapshots", question(), limit);
        if (json()) {
            print(all);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        all.path("items").forEach(item -> rows.add(row(QueryApi.read(item, SnapshotView.class))));
        out().print(Table.of(HEADER, rows));
        out().flush();
    }

    private Map<String, String> question() {
        Map<String, String> question = new LinkedHashMap<>(moment.parameters());
        host.ifPresent(h -> question.put("host", h));
        domain.ifPresent(d -> question.put("domain", d));
        question.putAll(filters.parameters());
        question.putAll(search.parameters());
        return question;
    }

    private static List<String> row(SnapshotView snapshot) {
        return List.of(
                snapshot.domainName().value(),
                snapshot.name().value(),
                Texts.shown(snapshot.createdAt()),
                Words.of(snapshot.state()),
                Words.of(snapshot.location()),
                snapshot.size().map(Texts::size).orElse("-"),
                Texts.plain(snapshot.actor().orElse("-")));
    }
}
