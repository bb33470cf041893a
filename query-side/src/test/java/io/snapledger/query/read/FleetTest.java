package io.snapledger.query.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FleetTest {
    private static final AsOf NOW = new AsOf.Now();

    private final MemoryLog log = new MemoryLog();
    private final ReadSide side = new ReadSide(log);
    private final FleetQueries fleet = new FleetQueries(side.views);
    private final SnapshotQueries ofDomain = new SnapshotQueries(side.views);

    @AfterEach
    void close() {
        side.close();
    }

    /** Trees of several shapes on two hosts, with names that sort oddly, some of them given twice. */
    private List<Story> told() {
        List<Story> all = new ArrayList<>();
        for (String name : List.of("web-1", "Web-2", "über", "zz 100%")) {
            String host = name.startsWith("z") ? "h2" : "localhost";
            Story story = new Story(
                    log, UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), name, "/images/" + name, host);
            story.created("b").created("Ä_1");
            HostPath base = story.active();
            story.created("a%b", SnapshotState.RUNNING, memory(name.length() * 100L))
                    .created("a\\b");
            story.branched("b", base, "😀").branched("b", base, "z").branched("b", base, "\uffee");
            story.createdInside("in", SnapshotState.SHUTOFF);
            all.add(story);
        }
        side.shows(log.head());
        return all;
    }

    private static MemoryCapture memory(long bytes) {
        return new MemoryCapture.External(new HostPath("/images/m.ram"), Optional.of(new SavedMemory(bytes, "00")));
    }

    private static FleetQuestion all(Sort sort, AsOf asOf) {
        return new FleetQuestion(
                SnapshotSearch.ALL, Optional.empty(), Optional.empty(), sort, 1000, Optional.empty(), asOf);
    }

    private static FleetQuestion part(FleetQuestion q, int limit, Optional<String> cursor) {
        return new FleetQuestion(q.search(), q.host(), q.domain(), q.sort(), limit, cursor, q.asOf());
    }

    private List<String> names(FleetQuestion question) {
        return fleet.snapshots(question).items().stream().map(FleetTest::named).toList();
    }

    private static String named(SnapshotView v) {
        return v.domainName() + "/" + v.name();
    }

    /** Page by page, with something done between two pages. */
    private List<String> paged(FleetQuestion question, int limit, Runnable between) {
        List<String> names = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<SnapshotView> page = fleet.snapshots(part(question, limit, cursor));
            page.items().forEach(v -> names.add(named(v)));
            cursor = page.next();
            between.run();
        } while (cursor.isPresent());
        return names;
    }

    @Test
    void every_order_is_as_a_reader_would_sort_and_goes_on_page_by_page() {
        told();
        for (String word : Sort.words()) {
            Sort sort = Sort.parse(word).orElseThrow();
            List<SnapshotView> found = fleet.snapshots(all(sort, NOW)).items();

            assertThat(found).hasSize(32).isSortedAccordingTo(order(sort));
            List<String> names = found.stream().map(FleetTest::named).toList();
            assertThat(paged(all(sort, NOW), 5, () -> {})).as(word).isEqualTo(names);
            assertThat(names(all(sort, new AsOf.AtPosition(log.head()))))
                    .as(word)
                    .isEqualTo(names);
            assertThat(paged(all(sort, new AsOf.AtPosition(log.head())), 7, () -> {}))
                    .as(word)
                    .isEqualTo(names);
        }
    }

    @Test
    void of_a_host_they_are_those_of_the_fleet_without_the_others_in_every_order_and_on_every_page() {
        List<Story> stories = told();
        long then = log.head();
        for (String word : Sort.words()) {
            Sort sort = Sort.parse(word).orElseThrow();
            List<String> wanted = names(all(sort, NOW)).stream()
                    .filter(n -> !n.startsWith("zz"))
                    .toList();

            assertThat(names(ofLocalhost(sort, NOW))).as(word).isEqualTo(wanted).hasSize(24);
            assertThat(paged(ofLocalhost(sort, NOW), 5, () -> {})).as(word).isEqualTo(wanted);
        }
        for (Sort sort : List.of(Sort.NEWEST_FIRST, Sort.NAME, new Sort(Sort.By.SIZE, true))) {
            List<String> before = names(ofLocalhost(sort, NOW));
            List<String> paged = paged(ofLocalhost(sort, NOW), 4, () -> {
                stories.getFirst().created("new" + log.head());
                stories.get(1).deletedInside(newInside(stories.get(1)));
                side.shows(log.head());
            });

            assertThat(paged).as(sort.word()).isEqualTo(before);
        }
        stories.getFirst().undefined();
        side.shows(log.head());
        for (String word : Sort.words()) {
            assertThat(names(ofLocalhost(Sort.parse(word).orElseThrow(), new AsOf.AtPosition(then))))
                    .as(word)
                    .hasSize(24);
        }
    }

    private static FleetQuestion ofLocalhost(Sort sort, AsOf asOf) {
        FleetQuestion fleet = all(sort, asOf);
        return new FleetQuestion(
                fleet.search(),
                Optional.of(new HostName("localhost")),
                fleet.domain(),
                fleet.sort(),
                fleet.limit(),
                fleet.cursor(),
                fleet.asOf());
    }

    private static Comparator<SnapshotView> order(Sort sort) {
        Comparator<SnapshotView> by = switch (sort.by()) {
            case CREATED_AT -> Comparator.comparing(SnapshotView::createdAt);
            case NAME -> Comparator.comparing(v -> v.name().value(), FleetTest::byCodePoints);
            case SIZE -> Comparator.comparing(v -> v.size().orElse(sort.descending() ? -1 : Long.MAX_VALUE));
            case DEPTH -> Comparator.comparingInt(SnapshotView::depth);
        };
        return sort.descending() ? by.reversed() : by;
    }

    private static int byCodePoints(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void the_orders_of_one_domain_are_those_of_the_fleet() {
        told();
        for (String word : Sort.words()) {
            Sort sort = Sort.parse(word).orElseThrow();
            List<String> wanted = names(new FleetQuestion(
                    SnapshotSearch.ALL, Optional.empty(), Optional.of("web-1"), sort, 1000, Optional.empty(), NOW));
            List<String> found = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            do {
                Page<SnapshotView> page = ofDomain.list("web-1", sorted(sort, 3, cursor));
                page.items().forEach(v -> found.add(named(v)));
                cursor = page.next();
            } while (cursor.isPresent());

            assertThat(found).as(word).isEqualTo(wanted).hasSize(8);
        }
    }

    private static SnapshotQuestion sorted(Sort sort, int limit, Optional<String> cursor) {
        return new SnapshotQuestion(
                SnapshotSearch.ALL, new Start.Everywhere(), false, false, Optional.of(sort), limit, cursor, NOW);
    }

    @Test
    void pages_show_one_moment_while_snapshots_come_and_go() {
        List<Story> stories = told();
        for (Sort sort : List.of(Sort.NEWEST_FIRST, Sort.NAME, new Sort(Sort.By.SIZE, true))) {
            List<String> before = names(all(sort, NOW));
            List<String> paged = paged(all(sort, NOW), 4, () -> {
                Story story = stories.getFirst().created("new" + log.head());
                stories.get(1).deletedInside(newInside(stories.get(1)));
                side.shows(log.head());
                assertThat(story.position()).isPositive();
            });

            assertThat(paged).isEqualTo(before);
        }
    }

    private String newInside(Story story) {
        String name = "inside" + log.head();
        story.createdInside(name, SnapshotState.SHUTOFF);
        return name;
    }

    @Test
    void filters_text_actor_host_and_domain_restrict_together() {
        List<Story> stories = told();
        stories.getFirst()
                .noted(new DomainEvent.SnapshotDescribed(
                        new SnapshotName("b"), Optional.of("before the UPGRADE of 50%")));
        side.shows(log.head());

        assertThat(found(q("upgrade"), Optional.empty(), Optional.empty())).containsExactly("web-1/b");
        assertThat(found(q("50%"), Optional.empty(), Optional.empty())).containsExactly("web-1/b");
        assertThat(found(q("A%B"), Optional.of("h2"), Optional.empty())).containsExactly("zz 100%/a%b");
        assertThat(found(q("a\\"), Optional.empty(), Optional.of("über"))).containsExactly("über/a\\b");
        assertThat(found(q("_"), Optional.of("h2"), Optional.empty())).containsExactly("zz 100%/Ä_1");
        assertThat(found(q("nothing"), Optional.empty(), Optional.empty())).isEmpty();
        assertThat(found(SnapshotSearch.of(Set.of(SnapshotFilter.ROOTS)), Optional.of("h2"), Optional.empty()))
                .containsExactly("zz 100%/b");
        assertThat(found(SnapshotSearch.of(Set.of(SnapshotFilter.ACTIVE)), Optional.empty(), Optional.empty()))
                .hasSize(4);
        assertThat(found(SnapshotSearch.of(Set.of(SnapshotFilter.MIXED)), Optional.empty(), Optional.empty()))
                .isEmpty();
        assertThat(found(actor("ann"), Optional.of("h2"), Optional.of("zz 100%")))
                .hasSize(8);
        assertThat(found(actor("bob"), Optional.empty(), Optional.empty())).isEmpty();
        assertThat(found(SnapshotSearch.ALL, Optional.of("h2"), Optional.of("web-1")))
                .isEmpty();
        assertThatThrownBy(() -> found(SnapshotSearch.ALL, Optional.empty(), Optional.of("none")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("none");
    }

    private static SnapshotSearch q(String text) {
        return new SnapshotSearch(Set.of(), Optional.empty(), Optional.of(text), Optional.empty());
    }

    private static SnapshotSearch actor(String actor) {
        return new SnapshotSearch(Set.of(), Optional.empty(), Optional.empty(), Optional.of(actor));
    }

    private List<String> found(SnapshotSearch search, Optional<String> host, Optional<String> domain) {
        return names(new FleetQuestion(search, host.map(HostName::new), domain, Sort.NAME, 100, Optional.empty(), NOW));
    }

    @Test
    void a_cursor_goes_on_only_with_the_question_that_it_was_given_for() {
        told();
        String cursor = fleet.snapshots(part(all(Sort.NAME, NOW), 2, Optional.empty()))
                .next()
                .orElseThrow();
        String ofOne = ofDomain.list("web-1", sorted(Sort.NAME, 2, Optional.empty()))
                .next()
                .orElseThrow();

        assertThatThrownBy(() -> fleet.snapshots(part(all(Sort.NEWEST_FIRST, NOW), 2, Optional.of(cursor))))
                .isInstanceOf(BadQuestionException.class)
                .hasMessageContaining("sort=name")
                .hasMessageContaining("sort=-createdAt");
        assertThatThrownBy(() -> fleet.snapshots(new FleetQuestion(
                        SnapshotSearch.of(Set.of(SnapshotFilter.LEAVES)),
                        Optional.empty(),
                        Optional.empty(),
                        Sort.NAME,
                        2,
                        Optional.of(cursor),
                        NOW)))
                .hasMessageContaining("leaves");
        assertThatThrownBy(() -> ofDomain.list("über", sorted(Sort.NAME, 2, Optional.of(ofOne))))
                .hasMessageContaining("domain=web-1");
        assertThatThrownBy(() -> fleet.snapshots(part(all(Sort.NAME, NOW), 2, Optional.of(ofOne))))
                .hasMessageContaining("none that this list gave");
        assertThatThrownBy(() -> fleet.snapshots(part(
                        all(Sort.NEWEST_FIRST, NOW),
                        2,
                        Optional.of(new Cursor("fleet", 1, "soon/x/y", "sort=-createdAt").text()))))
                .hasMessageContaining("soon/x/y");
        assertThat(fleet.snapshots(part(all(Sort.NAME, NOW), 50, Optional.of(cursor)))
                        .items())
                .hasSize(30);
    }

    @Test
    void sizes_depths_and_descendants_are_shown_and_a_memory_inside_an_image_has_the_size_that_the_host_saw() {
        Story story = told().getFirst();
        HostPath image = story.active();
        story.createdWithMemoryInside("mem").seenInside(image, List.of("mem"), List.of());
        side.shows(log.head());

        SnapshotView mem = ofDomain.one("web-1", new SnapshotName("mem"), NOW).value();
        assertThat(mem.size()).contains(42L);
        assertThat(mem.actor()).contains("ann");
        assertThat(ofDomain.one("web-1", new SnapshotName("a%b"), NOW).value().size())
                .contains(500L);
        SnapshotView b = fleet.snapshots(all(Sort.NAME, NOW)).items().stream()
                .filter(v -> named(v).equals("web-1/b"))
                .findFirst()
                .orElseThrow();
        assertThat(b.depth()).isZero();
        assertThat(b.descendants()).isEqualTo(8);
        assertThat(b)
                .isEqualTo(ofDomain.one("web-1", new SnapshotName("b"), NOW).value());
    }

    @Test
    void the_fleet_is_shown_as_it_was_and_empty_before_it_began() {
        List<Story> stories = told();
        long then = log.head();
        List<String> before = names(all(Sort.NEWEST_FIRST, NOW));
        stories.getFirst().undefined();
        stories.get(1).created("late");
        side.shows(log.head());

        assertThat(names(all(Sort.NEWEST_FIRST, NOW))).hasSize(25);
        assertThat(names(all(Sort.NEWEST_FIRST, new AsOf.AtPosition(then)))).isEqualTo(before);
        assertThat(names(all(Sort.NEWEST_FIRST, new AsOf.AtTime(MemoryLog.at(then)))))
                .isEqualTo(before);
        assertThat(names(all(Sort.NAME, new AsOf.AtTime(MemoryLog.at(0))))).isEmpty();
        assertThat(names(all(Sort.NAME, new AsOf.AtTime(MemoryLog.at(1_000_000)))))
                .hasSize(25);
        assertThat(new DomainQueries(side.views)
                        .list(Optional.of(new HostName("localhost")), 10, Optional.empty(), new AsOf.AtPosition(then))
                        .items())
                .extracting(d -> d.name().value())
                .containsExactly("Web-2", "web-1", "über");
        assertThatThrownBy(() -> fleet.snapshots(all(Sort.NAME, new AsOf.AtPosition(log.head() + 1))))
                .isInstanceOf(BadQuestionException.class);
        assertThatThrownBy(() -> fleet.snapshots(all(Sort.NAME, new AsOf.AtSequence(1))))
                .hasMessageContaining("atPosition");
    }

    @Test
    void a_name_means_the_domain_that_had_it_then() {
        Story first = new Story(log, "db").created("old");
        long then = log.head();
        first.undefined();
        long between = log.head();
        Story second = new Story(log, UUID.randomUUID(), "db", "/images/db2", "h2").created("new");
        side.shows(second.position());
        DomainQueries domains = new DomainQueries(side.views);

        assertThat(domains.one("db", NOW).value().id()).isEqualTo(second.id());
        assertThat(domains.one("db", new AsOf.AtPosition(then)).value().id()).isEqualTo(first.id());
        assertThat(domains.one("db", new AsOf.AtTime(MemoryLog.at(then)))
                        .value()
                        .id())
                .isEqualTo(first.id());
        assertThatThrownBy(() -> domains.one("db", new AsOf.AtPosition(between)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("was not there at position " + between);
        assertThatThrownBy(() -> domains.one("db", new AsOf.AtTime(MemoryLog.at(0))))
                .isInstanceOf(NotFoundException.class);
        assertThat(domains.one("db", new AsOf.AtTime(MemoryLog.at(1_000_000)))
                        .value()
                        .id())
                .isEqualTo(second.id());
    }

    @Test
    void operations_of_the_fleet_are_newest_first_by_host_state_and_domain() {
        List<Story> stories = told();
        stories.getLast().failed("never");
        side.shows(log.head());
        OperationQueries operations = new OperationQueries(side.views, new LatestProgress());

        assertThat(all(operations, Optional.empty(), Optional.empty(), Optional.empty()))
                .hasSize(33);
        assertThat(all(operations, Optional.empty(), Optional.of("h2"), Optional.empty()))
                .hasSize(9);
        assertThat(all(operations, Optional.empty(), Optional.of("h2"), Optional.of(OperationState.ROLLED_BACK)))
                .hasSize(1);
        assertThat(all(operations, Optional.of("web-1"), Optional.of("h2"), Optional.empty()))
                .isEmpty();
        assertThat(all(operations, Optional.of("über"), Optional.empty(), Optional.empty()))
                .hasSize(8);
    }

    private static Set<OperationView> all(
            OperationQueries operations,
            Optional<String> domain,
            Optional<String> host,
            Optional<OperationState> state) {
        Set<OperationView> all = new HashSet<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<OperationView> page =
                    operations.all(new OperationQuestion(domain, host.map(HostName::new), state, 4, cursor));
            all.addAll(page.items());
            assertThat(page.items())
                    .isSortedAccordingTo(
                            Comparator.comparing(OperationView::requestedAt).reversed());
            cursor = page.next();
        } while (cursor.isPresent());
        return all;
    }

    @Test
    void ten_thousand_snapshots_in_one_domain_are_walked_in_every_order() {
        Story story = new Story(log, "deep").created("s0");
        side.shows(log.head());
        String rows = side.slots.live(SnapshotProjection.NAME).slot().schema();
        side.sql.execute("update " + rows + ".snapshot set children = 1");
        side.sql.execute(
                "insert into " + rows + ".snapshot (domain, name, from_position, parent, created_at, state, location,"
                        + " memory, disks, definition, children, metadata)"
                        + " select domain, 's' || i, from_position, 's' || i - 1, created_at + i * interval '1 s', state, location,"
                        + " memory, disks, definition, 1, true from " + rows + ".snapshot, generate_series(1, 9999) i");
        side.sql.execute("insert into " + rows + ".snapshot_depth select domain, 's' || i, i from " + rows
                + ".snapshot_depth, generate_series(1, 9999) i");

        for (String word : List.of("-depth", "name", "createdAt")) {
            FleetQuestion question = new FleetQuestion(
                    SnapshotSearch.ALL,
                    Optional.empty(),
                    Optional.of("deep"),
                    Sort.parse(word).orElseThrow(),
                    1000,
                    Optional.empty(),
                    NOW);
            assertThat(paged(question, 1000, () -> {})).as(word).hasSize(10_000).doesNotHaveDuplicates();
        }
        SnapshotView root = ofDomain.one("deep", new SnapshotName("s0"), NOW).value();
        assertThat(root.descendants()).isEqualTo(9_999);
        assertThat(ofDomain.one("deep", new SnapshotName("s9999"), NOW).value().depth())
                .isEqualTo(9_999);
        assertThat(root.domainName()).isEqualTo(story.name());
    }
}
