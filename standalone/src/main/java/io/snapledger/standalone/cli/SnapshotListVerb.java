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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The snapshots of a domain: as a table, a tree, or names. */
@Command(name = "snapshot-list", mixinStandardHelpOptions = true, description = "the snapshots of a domain")
final class SnapshotListVerb extends Verb {
    private static final Comparator<SnapshotView> BY_NAME = Comparator.comparing(
                    (SnapshotView v) -> v.name().value(), String.CASE_INSENSITIVE_ORDER)
            .thenComparing(SnapshotView::name);

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

    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            converter = Texts.Moment.class,
            description = "as it was then, for example 2026-11-21T08:00:00Z")
    private Optional<Instant> asOf = Optional.empty();

    @ArgGroup(exclusive = false, validate = false, heading = "Filters: any of a group, and all groups%n")
    private Filters filters = new Filters();

    @Override
    void check() {
        exclusive("--tree", tree, "--name", names);
        exclusive("--tree", tree, "--parent", parent);
        boolean roots = filters.wanted().contains(SnapshotFilter.ROOTS);
        exclusive("--tree", tree, "--roots", roots);
        exclusive("--parent", parent, "--roots", roots);
        exclusive("--roots", roots, "--from", from.isPresent());
        exclusive("--roots", roots, "--current", current);
        exclusive("--from", from.isPresent(), "--current", current);
        if (descendants && from.isEmpty() && !current) {
            throw wrong("--descendants needs --from or --current");
        }
        if (tree && !filters.wanted().isEmpty()) {
            throw wrong("Option --tree draws all snapshots; it does not go with filters");
        }
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
        if (!json() && asOf.isEmpty()) {
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
        if (json()) {
            print(answer);
            return;
        }
        out().print(TreeText.of(SnapshotForest.drawn(QueryApi.read(answer, TreeView.class))));
        out().flush();
    }

    private void list(ObjectNode all) {
        if (json()) {
            print(all);
            return;
        }
        List<SnapshotView> shown = new ArrayList<>();
        all.path("items").forEach(item -> shown.add(QueryApi.read(item, SnapshotView.class)));
        if (!topological) {
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
        filters.wanted().forEach(f -> question.put(Words.of(f), "true"));
        if (descendants) {
            question.put("descendants", "true");
        }
        if (topological) {
            question.put("topological", "true");
        }
        return question;
    }

    /** What is current is for the service to say: as of then, and of the same moment as the list. */
    private Map<String, String> start() {
        Map<String, String> start = new LinkedHashMap<>();
        asOf.ifPresent(t -> start.put("asOf", t.toString()));
        from.ifPresent(n -> start.put("from", n));
        if (current) {
            start.put("current", "true");
        }
        return start;
    }

    /** An option for each filter: its name with dashes. */
    static final class Filters {
        private final Set<SnapshotFilter> wanted = java.util.EnumSet.noneOf(SnapshotFilter.class);

        Set<SnapshotFilter> wanted() {
            return wanted;
        }

        private void want(SnapshotFilter filter, boolean on) {
            if (on) {
                wanted.add(filter);
            }
        }

        @Option(names = "--roots", description = "without a parent")
        void roots(boolean on) {
            want(SnapshotFilter.ROOTS, on);
        }

        @Option(names = "--leaves", description = "without children")
        void leaves(boolean on) {
            want(SnapshotFilter.LEAVES, on);
        }

        @Option(names = "--no-leaves", description = "with children")
        void noLeaves(boolean on) {
            want(SnapshotFilter.NO_LEAVES, on);
        }

        @Option(names = "--metadata", description = "kept in the ledger: all")
        void metadata(boolean on) {
            want(SnapshotFilter.METADATA, on);
        }

        @Option(names = "--no-metadata", description = "not kept in the ledger: none")
        void noMetadata(boolean on) {
            want(SnapshotFilter.NO_METADATA, on);
        }

        @Option(names = "--inactive", description = "taken of a guest that was off")
        void inactive(boolean on) {
            want(SnapshotFilter.INACTIVE, on);
        }

        @Option(names = "--offline", description = "as --inactive")
        void offline(boolean on) {
            want(SnapshotFilter.OFFLINE, on);
        }

        @Option(names = "--active", description = "taken of a guest with its memory")
        void active(boolean on) {
            want(SnapshotFilter.ACTIVE, on);
        }

        @Option(names = "--online", description = "as --active")
        void online(boolean on) {
            want(SnapshotFilter.ONLINE, on);
        }

        @Option(names = "--disk-only", description = "taken of a running guest without its memory")
        void diskOnly(boolean on) {
            want(SnapshotFilter.DISK_ONLY, on);
        }

        @Option(names = "--internal", description = "kept inside the images")
        void internal(boolean on) {
            want(SnapshotFilter.INTERNAL, on);
        }

        @Option(names = "--external", description = "kept in files, at least in part")
        void external(boolean on) {
            want(SnapshotFilter.EXTERNAL, on);
        }

        @Option(names = "--mixed", description = "kept partly inside, partly in files")
        void mixed(boolean on) {
            want(SnapshotFilter.MIXED, on);
        }
    }
}
