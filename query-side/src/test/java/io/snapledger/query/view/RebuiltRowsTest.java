package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Table;
import org.junit.jupiter.api.Test;

/** Rows are the same however often, and in whatever pieces, they are built from the log. */
class RebuiltRowsTest extends ProjectionFixture {
    private static final List<String> TABLES = List.of(
            "domain", "layer", "snapshot", "snapshot_depth", "tag", "pin", "drift", "moment", "operation", "audit");

    @Test
    void a_replay_gives_the_same_rows_and_readers_see_no_gap() throws Exception {
        story.created("a");
        HostPath a = story.active();
        story.created("b").branched("a", image, "d");
        story.failed("e");
        story.deleted(a, image, "a");
        Story other = new Story(log, "db-1").created("x").created("y");
        side.shows(log.head());
        List<String> live = checksums();
        List<Slots.Slot> before = liveSlots();

        ReadSide.PROJECTIONS.forEach(p -> side.projections.replay(p.name()));
        while (side.projections.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
            assertThat(domain().snapshots()).isEqualTo(2);
            side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
        }

        assertThat(liveSlots()).doesNotContainAnyElementsOf(before);
        assertThat(checksums()).isEqualTo(live);
        other.created("z");
        assertThat(new SnapshotQueries(side.shows(other.position()).views)
                        .one("db-1", new SnapshotName("z"), NOW)
                        .value()
                        .current())
                .isTrue();
    }

    @Test
    void a_replay_says_how_the_rows_before_were_otherwise() throws Exception {
        story.created("a").created("b");
        side.shows(log.head());
        replayed();
        assertThat(side.projections.all())
                .extracting(p -> p.compared().orElseThrow())
                .allMatch(c -> c.compared()
                        && c.position() == log.head()
                        && c.differs().isEmpty());

        side.sql.execute("update " + liveSlots().getFirst().schema() + ".snapshot set description = 'forged'");
        side.sql.execute("delete from " + liveSlots().getLast().schema() + ".audit where position = 1");
        replayed();

        assertThat(side.projections.all())
                .extracting(
                        ProjectionView::name, p -> p.compared().orElseThrow().differs())
                .containsExactlyInAnyOrder(
                        tuple("snapshots", "snapshot: 3 rows before, 3 built anew, not the same"),
                        tuple("operations", ""),
                        tuple("audit", "audit: %d rows before, %d built anew".formatted(log.head() - 1, log.head())));
    }

    @Test
    void rows_of_an_older_form_are_built_anew_and_are_not_compared() throws Exception {
        story.created("a").created("b");
        side.shows(log.head());
        String schema = liveSlots().getFirst().schema();
        side.sql.execute("update " + schema + ".snapshot set actor = null");
        side.sql.execute("truncate " + schema + ".snapshot_depth");
        side.sql.execute("update views.projection set form = 1 where name = 'snapshots'");

        try (Projections restarted = Projections.start(log, side.slots, side.arrivals, ReadSide.PROJECTIONS)) {
            while (restarted.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
                side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
            }
            ProjectionView rebuilt = restarted.one(SnapshotProjection.NAME).orElseThrow();
            assertThat(rebuilt.compared().orElseThrow().compared()).isFalse();
            assertThat(rebuilt.compared().orElseThrow().differs()).contains("another form");
        }
        String now = liveSlots().getFirst().schema();
        assertThat(now).isNotEqualTo(schema);
        assertThat(texts("select distinct actor from " + now + ".snapshot")).containsExactly("ann");
        assertThat(depths()).containsExactly("a 0", "b 1");
        assertThat(side.slots.outdated(new SnapshotProjection())).isFalse();
    }

    @Test
    void a_replay_to_an_older_form_begins_again() {
        story.created("a");
        side.shows(log.head());
        side.slots.beginReplay(new SnapshotProjection());
        side.sql.execute("update views.projection set form = 1, position = 3 where state = 'building'");

        assertThat(side.slots.beginReplay(new SnapshotProjection())).isTrue();

        assertThat(side.slots.building(SnapshotProjection.NAME).orElseThrow().position())
                .isZero();
        assertThat(side.slots.beginReplay(new SnapshotProjection())).isFalse();
    }

    private void replayed() throws Exception {
        ReadSide.PROJECTIONS.forEach(p -> side.projections.replay(p.name()));
        while (side.projections.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
            side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
        }
    }

    @Test
    void one_batch_and_many_give_the_same_rows() {
        story.created("a");
        HostPath a = story.active();
        story.created("b").created("c").reverted("b", a).merged(story.active(), a, "b");
        side.shows(log.head());
        List<String> live = checksums();

        for (Projection projection : ReadSide.PROJECTIONS) {
            side.slots.beginReplay(projection);
            Slots.Place place = side.slots.building(projection.name()).orElseThrow();
            for (Entry entry : log.all()) {
                assertThat(side.slots.apply(projection, place, List.of(entry), entry.position()))
                        .isTrue();
                place = new Slots.Place(place.slot(), entry.position());
            }
            assertThat(side.slots.switchOver(projection, (_, _) -> List.of())).isTrue();
        }

        assertThat(checksums()).isEqualTo(live);
    }

    @Test
    void a_batch_that_was_applied_is_not_applied_again() {
        story.created("a");
        side.shows(log.head());
        Slots.Place live = side.slots.live(AuditProjection.NAME);

        boolean again =
                side.slots.apply(new AuditProjection(), new Slots.Place(live.slot(), 0), log.all(), live.position());

        assertThat(again).isFalse();
    }

    /** Fails at one entry for as long as it is told to. */
    private static final class Stumbling implements Projection {
        private final Projection real = new AuditProjection();
        private final AtomicLong stone = new AtomicLong();

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public void apply(DSLContext rows, List<Entry> entries) {
            real.apply(rows, entries);
            if (entries.stream().anyMatch(e -> e.position() == stone.get())) {
                throw new IllegalStateException("a stone at " + stone);
            }
        }

        @Override
        public List<Table<?>> tables() {
            return real.tables();
        }
    }

    @Test
    void an_entry_that_cannot_be_applied_stops_its_projection_there_where_all_can_see_it() throws Exception {
        Stumbling audit = new Stumbling();
        story.created("a").created("b").created("c");
        audit.stone.set(4);
        try (ReadSide stumbling = new ReadSide(log, List.of(new SnapshotProjection(), audit))) {
            while (stumbling.projections.one("audit").orElseThrow().failure().stream()
                    .noneMatch(f -> f.tries() >= 2)) {
                stumbling.arrivals.await("audit", Long.MAX_VALUE, Duration.ofMillis(20));
            }
            ProjectionView stopped = stumbling.projections.one("audit").orElseThrow();
            assertThat(stopped.state()).isEqualTo(ProjectionView.State.FAILED);
            assertThat(stopped.position()).isEqualTo(3);
            assertThat(stopped.failure().orElseThrow().position()).isEqualTo(4);
            assertThat(stopped.failure().orElseThrow().type()).startsWith("snapledger.event.");
            assertThat(stopped.failure().orElseThrow().message()).isEqualTo("a stone at 4");
            assertThat(stumbling.arrivals.await(SnapshotProjection.NAME, log.head(), Duration.ofSeconds(20)))
                    .isTrue();

            audit.stone.set(0);
            stumbling.projections.retry("audit");

            assertThat(stumbling.arrivals.await("audit", log.head(), Duration.ofSeconds(20)))
                    .isTrue();
            assertThat(stumbling.projections.one("audit").orElseThrow().failure())
                    .isEmpty();
            assertThat(stumbling.projections.one("audit").orElseThrow().state())
                    .isEqualTo(ProjectionView.State.FOLLOWING);
        }
    }

    /** Of all rows that readers look at. */
    private List<String> checksums() {
        return TABLES.stream()
                .map(table -> table + " " + checksum(table, schema(table)))
                .toList();
    }

    private String schema(String table) {
        String projection = switch (table) {
            case "operation" -> OperationProjection.NAME;
            case "audit" -> AuditProjection.NAME;
            default -> SnapshotProjection.NAME;
        };
        return side.slots.live(projection).slot().schema();
    }

    private String checksum(String table, String schema) {
        Record row = side.sql.fetchSingle(
                "select count(*), md5(string_agg(t::text, '|' order by t::text)) from " + schema + "." + table + " t");
        return row.get(0) + " " + row.get(1);
    }
}
