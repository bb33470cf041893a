package io.snapledger.standalone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.snapledger.query.read.TreeText;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SnapshotListTest {
    private static final DomainId DOMAIN = DomainId.parse("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");
    private static final TimeZone ZONE = TimeZone.getDefault();

    @BeforeAll
    static void in_a_zone() {
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
    }

    @AfterAll
    static void in_the_former_zone() {
        TimeZone.setDefault(ZONE);
    }

    @Test
    void V1_the_table_is_virshs() {
        List<SnapshotView> snapshots = List.of(
                snapshot("clean", Optional.empty(), SnapshotState.SHUTOFF),
                snapshot("with-memory", Optional.of("clean"), SnapshotState.DISK_SNAPSHOT));

        assertEquals("""
                 Name          Creation Time               State           Parent
                -------------------------------------------------------------------
                 clean         2026-01-02 04:04:05 +0100   shutoff        \s
                 with-memory   2026-01-02 04:04:05 +0100   disk-snapshot   clean
                """, SnapshotListVerb.table(snapshots, true));
        assertEquals("""
                 Name   Creation Time   State
                -------------------------------
                """, SnapshotListVerb.table(List.of(), false));
    }

    @Test
    void V3_the_tree_is_virshs_with_siblings_by_name_without_regard_to_case() {
        String drawn = TreeText.of(SnapshotForest.drawn(tree()));

        assertEquals(
                List.of("base", "  |", "  +- a", "  |   |", "  |   +- deep", "  |", "  +- B", "  +- c", ""),
                drawn.lines().map(String::stripTrailing).limit(9).toList());
    }

    @Test
    void V3_a_tree_from_a_snapshot_begins_with_it() {
        TreeView part = new TreeView(
                DOMAIN, new DomainName("web-1"), Optional.empty(), List.of(node("a", "base", 0), node("deep", "a", 1)));

        String drawn = TreeText.of(SnapshotForest.drawn(part));

        assertEquals(List.of("a", "  |", "  +- deep"), drawn.lines().limit(3).toList());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void V3_3000_snapshots_are_drawn_in_one_line_of_descent_or_side_by_side(boolean deep) {
        List<TreeView.Node> nodes = new ArrayList<>(List.of(node("s0", null, 0)));
        for (int i = 1; i < 3000; i++) {
            nodes.add(deep ? node("s" + i, "s" + (i - 1), i) : node("s" + i, "s0", 1));
        }

        String drawn = TreeText.of(SnapshotForest.drawn(
                new TreeView(DOMAIN, new DomainName("web-1"), Optional.empty(), nodes.reversed())));

        assertEquals(3000, drawn.lines().filter(l -> l.contains("s")).count());
        assertTrue(drawn.startsWith("s0\n  |\n  +- s1\n"), () -> drawn.substring(0, 40));
    }

    @Test
    void every_filter_has_an_option() {
        for (Verb verb : List.of(new SnapshotListVerb(), new SnapshotSearchVerb())) {
            var options = new CommandLine(verb).getCommandSpec().optionsMap();
            for (SnapshotFilter filter : SnapshotFilter.values()) {
                String option = "--" + filter.name().toLowerCase(Locale.ROOT).replace('_', '-');
                assertTrue(options.containsKey(option), option);
            }
        }
    }

    private static TreeView tree() {
        return new TreeView(
                DOMAIN,
                new DomainName("web-1"),
                Optional.empty(),
                List.of(
                        node("base", null, 0),
                        node("B", "base", 1),
                        node("a", "base", 1),
                        node("deep", "a", 2),
                        node("c", "base", 1)));
    }

    private static TreeView.Node node(String name, @org.jspecify.annotations.Nullable String parent, int depth) {
        return new TreeView.Node(
                new SnapshotName(name),
                Optional.ofNullable(parent).map(SnapshotName::new),
                depth,
                false,
                SnapshotState.SHUTOFF,
                Location.EXTERNAL,
                THEN);
    }

    private static SnapshotView snapshot(String name, Optional<String> parent, SnapshotState state) {
        return new SnapshotView(
                DOMAIN,
                new SnapshotName(name),
                Optional.empty(),
                parent.map(SnapshotName::new),
                THEN,
                state,
                Location.EXTERNAL,
                new SnapshotView.Memory(CaptureMode.NONE, Optional.empty()),
                List.of(),
                false,
                0,
                0,
                true,
                false,
                new DomainName("web-1"),
                new HostName("localhost"),
                Optional.empty(),
                0,
                Optional.empty());
    }
}
