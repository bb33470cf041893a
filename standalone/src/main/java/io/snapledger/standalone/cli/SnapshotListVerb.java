package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.query.read.TreeText;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The snapshots of a domain: as a table, a tree, or names. */
@Command(name = "snapshot-list", mixinStandardHelpOptions = true, description = "the snapshots of a domain")
final class SnapshotListVerb extends Verb {
    private static final Comparator<SnapshotView> BY_NAME = Comparator.comparing(
                    (SnapshotView v) -> v.name().value(), String.CASE_INSENSITIVE_ORDER)
            .thenComparing(SnapshotView::name);

    /** What is kept in the ledger is all or nothing of a tree. */
    private static final Set<SnapshotFilter> WHOLE_TREES =
            Set.of(SnapshotFilter.ROOTS, SnapshotFilter.METADATA, SnapshotFilter.NO_METADATA);

    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(names = "--tree", description = "draw the tree")
    private boolean tree;

    @Option(names = "--name", description = "names only")
    private boolean names;

    @Option(names = "--parent", description = "with a column of parents")
    private boolean parent;

    @Option(names = "--topological", description = "every parent before its children")
    private boolean topological;

    @Option(names = "--from", paramLabel = "NAME", description = "the children of this snapshot")
    private Optional<String> from = Optional.empty();

    @Option(names = "--current", description = "the children of the current snapshot")
    private boolean current;

    @Option(names = "--descendants", description = "with --from or --current: all below, not children only")
    private boolean descendants;

    @Mixin
    private MomentOption moment = new MomentOption();

    @Mixin
    private SearchOptions search = new SearchOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "Filters: any of a group, and all groups%n")
    private SnapshotFilters filters = new SnapshotFilters();

    @Override
    void check() {
        boolean roots = filters.wanted().contains(SnapshotFilter.ROOTS);
        exclusive("--tree", tree, "--name", names);
        exclusive("--parent", parent, "--roots", roots);
        exclusive("--parent", parent, "--tree", tree);
        exclusive("--roots", roots, "--tree", tree);
        exclusive("--roots", roots, "--from", from.isPresent());
        exclusive("--roots", roots, "--current", current);
        for (SnapshotFilter filter : filters.wanted()) {
            if (tree && !WHOLE_TREES.contains(filter)) {
                throw wrong(option(filter) + " and --tree are mutually exclusive");
            }
        }
        if (descendants && from.isEmpty() && !current) {
            throw wrong("--descendants requires either --from or --current");
        }
        if (from.isPresent() && current) {
            throw wrong("--from and --current are mutually exclusive");
        }
        search.given().forEach(option -> exclusive("--tree", tree, option, true));
        exclusive("--topological", topological, "--sort", search.sorts());
        search.check(this);
        from.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        String path = "/domains/" + QueryApi.segment(domain);
        if (tree) {
            draw(api.get(path + "/tree", start()));
        } else {
            list(api.all(path + "/snapshots", question(), Integer.MAX_VALUE));
        }
        if (!json() && !moment.given()) {
            api.find(path).map(d -> QueryApi.read(d, DomainView.class)).ifPresent(this::warn);
        }
    }

    /** Beside the list, which scripts read as virsh's. */
    private void warn(DomainView of) {
        if (!of.drift().isEmpty()) {
            err().println("drifted, so not to be relied on; see: snapledger drift " + of.name());
            err().flush();
        }
    }

    private void draw(JsonNode answer) {
        if (isWithoutAll() && answer instanceof ObjectNode whole) {
            whole.putArray("nodes");
        }
        if (json()) {
            print(answer);
            return;
        }
        out().print(TreeText.of(SnapshotForest.drawn(QueryApi.read(answer, TreeView.class))));
        out().flush();
    }

    private boolean isWithoutAll() {
        return filters.wanted().contains(SnapshotFilter.NO_METADATA)
                && !filters.wanted().contains(SnapshotFilter.METADATA);
    }

    private void list(ObjectNode all) {
        if (json()) {
            print(all);
            return;
        }
        List<SnapshotView> shown = new ArrayList<>();
        all.path("items").forEach(item -> shown.add(QueryApi.read(item, SnapshotView.class)));
        if (!topological && !search.sorts()) {
            shown.sort(BY_NAME);
        }
        if (names) {
            shown.forEach(s -> print(s.name().value()));
        } else {
            out().print(table(shown, parent));
            out().flush();
        }
    }

    static String table(List<SnapshotView> snapshots, boolean parents) {
        List<String> header = new ArrayList<>(List.of("Name", "Creation Time", "State"));
        if (parents) {
            header.add("Parent");
        }
        List<List<String>> rows = new ArrayList<>();
        for (SnapshotView s : snapshots) {
            List<String> row =
                    new ArrayList<>(List.of(s.name().value(), Texts.shown(s.createdAt()), Words.of(s.state())));
            if (parents) {
                row.add(s.parent().map(SnapshotName::value).orElse(""));
            }
            rows.add(row);
        }
        return Table.of(header, rows);
    }

    private Map<String, String> question() {
        Map<String, String> question = new LinkedHashMap<>(start());
        question.putAll(filters.parameters());
        if (descendants) {
            question.put("descendants", "true");
        }
        if (topological) {
            question.put("topological", "true");
        }
        question.putAll(search.parameters());
        return question;
    }

    private static String option(SnapshotFilter filter) {
        return "--" + filter.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What is current is for the service to say: as of then, and of the same moment as the list. */
    private Map<String, String> start() {
        Map<String, String> start = new LinkedHashMap<>(moment.parameters());
        from.ifPresent(n -> start.put("from", n));
        if (current) {
            start.put("current", "true");
        }
        return start;
    }
}
