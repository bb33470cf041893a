package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.query.read.Sort;
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

    @Option(names = "--actor", paramLabel = "WHO", description = "taken on behalf of this person or service")
    private Optional<String> actor = Optional.empty();

    @Option(names = "--text", paramLabel = "TEXT", description = "with this text in the name or the description")
    private Optional<String> text = Optional.empty();

    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description = "by createdAt, name, size or depth in place of virsh's order; with - the other way round")
    private Optional<String> sort = Optional.empty();

    @ArgGroup(exclusive = false, validate = false, heading = "Filters: any of a group, and all groups%n")
    private Filters filters = new Filters();

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
        exclusive("--tree", tree, "--actor", actor.isPresent());
        exclusive("--tree", tree, "--text", text.isPresent());
        exclusive("--tree", tree, "--sort", sort.isPresent());
        exclusive("--topological", topological, "--sort", sort.isPresent());
        sort.filter(s -> Sort.parse(s).isEmpty()).ifPresent(s -> {
            throw wrong("--sort \"" + s + "\" is not known; give one of " + String.join(", ", Sort.words()));
        });
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
        if (!topological && sort.isEmpty()) {
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
        actor.ifPresent(a -> question.put("actor", a));
        text.ifPresent(t -> question.put("q", t));
        sort.ifPresent(s -> question.put("sort", s));
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
