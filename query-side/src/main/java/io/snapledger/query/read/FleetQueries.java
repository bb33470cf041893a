package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.DOMAIN;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT_DEPTH;

import io.snapledger.query.view.Depths;
import io.snapledger.query.view.DomainRow;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.InvalidValueException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Record3;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.impl.DSL;

/** Questions about the snapshots of many domains. */
public final class FleetQueries {
    private static final String LIST = "fleet";

    private final Views views;

    public FleetQueries(Views views) {
        this.views = views;
    }

    /**
     * The snapshots asked for. Later pages show the same moment as the first; sorted by depth they do so only where the
     * question names a moment, since depths of the past are not kept.
     *
     * @throws NotFoundException when the question names a domain that was not there
     */
    public Page<SnapshotView> snapshots(FleetQuestion question) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> snapshots(in, applied, question))
                .value();
    }

    private static Page<SnapshotView> snapshots(DSLContext in, long applied, FleetQuestion question) {
        String asked = question.asked();
        Optional<Cursor> cursor = question.cursor().map(c -> Cursor.parse(LIST, c, asked));
        boolean moving = question.sort().by() == Sort.By.DEPTH && question.asOf() instanceof AsOf.Now;
        AsOf asOf = cursor.filter(_ -> !moving)
                .<AsOf>map(c -> new AsOf.AtPosition(c.position()))
                .orElse(question.asOf());
        Optional<DomainQueries.Found> one = question.domain().map(d -> DomainQueries.find(in, applied, d, asOf));
        Validity validity = one.map(DomainQueries.Found::validity).orElseGet(() -> Validity.of(in, applied, asOf));
        List<Condition> where = List.of(
                question.search().condition(),
                one.map(f -> SNAPSHOT.DOMAIN.eq(f.domain().id().value())).orElseGet(DSL::noCondition));
        Optional<Select<Record1<UUID>>> hosted = question.host()
                .map(h -> DSL.select(DOMAIN.ID)
                        .from(DOMAIN)
                        .where(DomainQueries.HOST.eq(h.value()))
                        .and(validity.holds(DOMAIN.FROM_POSITION, DOMAIN.TO_POSITION)));
        List<Sorted> rows =
                new Sorting(in, validity, hosted, question.sort(), question.limit() + 1).rows(DSL.and(where), cursor);
        boolean more = rows.size() > question.limit();
        List<Sorted> shown = more ? rows.subList(0, question.limit()) : rows;
        Optional<String> next = more
                ? Optional.of(new Cursor(LIST, validity.shown(), shown.getLast().key(), asked).text())
                : Optional.empty();
        return new Page<>(views(in, shown.stream().map(Sorted::row).toList(), validity), next, applied);
    }

    /** A row with its place in the order, as a cursor holds it: names have no slash in them. */
    private record Sorted(SnapshotRow row, String key) {
        static Sorted of(Record r, Object value) {
            SnapshotRow row = SnapshotTables.snapshot(r);
            return new Sorted(
                    row, value + "/" + row.domain() + "/" + row.snapshot().name());
        }
    }

    /** @param hosted the domains that it is asked of, where that is not all */
    private record Sorting(
            DSLContext in, Validity validity, Optional<Select<Record1<UUID>>> hosted, Sort sort, int most) {
        private static final Field<UUID> THEN_DOMAIN = DSL.field(DSL.name("tree", "domain"), UUID.class);
        private static final Field<String> THEN_NAME = DSL.field(DSL.name("tree", "name"), String.class);
        private static final Field<Integer> THEN_DEPTH = DSL.field(DSL.name("tree", "depth"), Integer.class);

        List<Sorted> rows(Condition wanted, Optional<Cursor> cursor) {
            return switch (sort.by()) {
                case CREATED_AT, NAME, SIZE -> rows(SortKey.of(sort), wanted, cursor);
                case DEPTH ->
                    depthsAreKept()
                            ? rows(SortKey.of(sort, SNAPSHOT_DEPTH.DEPTH), wanted, cursor)
                            : rows(SortKey.of(sort, THEN_DEPTH), wanted, cursor);
            };
        }

        /** Not of the past; nor in rows of an older form, until they are built anew. */
        private boolean depthsAreKept() {
            return validity.position().isEmpty()
                    && in.select(SNAPSHOT_DEPTH.DOMAIN)
                            .from(SNAPSHOT_DEPTH)
                            .orderBy(SNAPSHOT_DEPTH.DOMAIN, SNAPSHOT_DEPTH.NAME)
                            .limit(1)
                            .fetchOptional()
                            .isPresent();
        }

        private <T> List<Sorted> rows(SortKey<T> key, Condition wanted, Optional<Cursor> cursor) {
            Condition rest = wanted.and(cursor.map(c -> after(key, c)).orElseGet(DSL::noCondition));
            Field<T> sorted = key.field().as("sorted");
            if (sort.by() == Sort.By.DEPTH) {
                Condition there = rest.and(hosted.map(SNAPSHOT.DOMAIN::in).orElseGet(DSL::noCondition));
                return depthsAreKept() ? byKept(key, sorted, there) : byWalked(key, sorted, there);
            }
            List<Select<Record>> parts = validity.parts(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION).stream()
                    .map(held -> hosted.map(domains -> firstOfEach(domains, key, sorted, held.and(rest)))
                            .orElseGet(() -> first(key, sorted, held.and(rest))))
                    .toList();
            if (parts.size() == 1 && hosted.isEmpty()) {
                return parts.getFirst().fetch(r -> Sorted.of(r, r.get(sorted)));
            }
            var held = parts.stream().reduce(Select::unionAll).orElseThrow().asTable("held");
            return in.select(held.fields())
                    .from(held)
                    .orderBy(SortKey.order(
                            sort, held.field(sorted), held.field(SNAPSHOT.DOMAIN), held.field(SNAPSHOT.NAME)))
                    .limit(most)
                    .fetch(r -> Sorted.of(r, r.get("sorted")));
        }

        private <T> Select<Record> first(SortKey<T> key, Field<T> sorted, Condition wanted) {
            return in.select(SNAPSHOT.fields())
                    .select(sorted)
                    .from(SNAPSHOT)
                    .where(wanted)
                    .orderBy(SortKey.order(sort, key.field(), SNAPSHOT.DOMAIN, SNAPSHOT.NAME))
                    .limit(most);
        }

        /** As many of each domain as may be shown: where an index of one domain has the order, no more of it is read. */
        private <T> Select<Record> firstOfEach(
                Select<Record1<UUID>> domains, SortKey<T> key, Field<T> sorted, Condition wanted) {
            Table<Record1<UUID>> each = domains.asTable("hosted");
            Table<Record> first = first(key, sorted, wanted.and(SNAPSHOT.DOMAIN.eq(each.field(DOMAIN.ID))))
                    .asTable("first");
            return in.select(first.fields()).from(each, DSL.lateral(first));
        }

        private <T> List<Sorted> byKept(SortKey<T> key, Field<T> sorted, Condition wanted) {
            return in.select(SNAPSHOT.fields())
                    .select(sorted)
                    .from(SNAPSHOT_DEPTH)
                    .join(SNAPSHOT)
                    .on(SNAPSHOT.DOMAIN.eq(SNAPSHOT_DEPTH.DOMAIN).and(SNAPSHOT.NAME.eq(SNAPSHOT_DEPTH.NAME)))
                    .where(SNAPSHOT.TO_POSITION.isNull())
                    .and(wanted)
                    .orderBy(SortKey.order(sort, key.field(), SNAPSHOT_DEPTH.DOMAIN, SNAPSHOT_DEPTH.NAME))
                    .limit(most)
                    .fetch(r -> Sorted.of(r, r.get(sorted)));
        }

        private <T> List<Sorted> byWalked(SortKey<T> key, Field<T> sorted, Condition wanted) {
            Condition held = validity.holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION);
            CommonTableExpression<Record3<UUID, String, Integer>> tree = Depths.tree(held);
            return in.withRecursive(tree)
                    .select(SNAPSHOT.fields())
                    .select(sorted)
                    .from(tree)
                    .join(SNAPSHOT)
                    .on(SNAPSHOT.DOMAIN.eq(THEN_DOMAIN).and(SNAPSHOT.NAME.eq(THEN_NAME)))
                    .where(held)
                    .and(wanted)
                    .orderBy(SortKey.order(sort, key.field(), THEN_DOMAIN, THEN_NAME))
                    .limit(most)
                    .fetch(r -> Sorted.of(r, r.get(sorted)));
        }

        private <T> Condition after(SortKey<T> key, Cursor cursor) {
            String[] parts = cursor.key().split("/", -1);
            if (parts.length != 3) {
                throw cursor.notAKey("a place in its order");
            }
            Field<T> value = DSL.val(key.read(parts[0], cursor), key.field());
            var last = DSL.row(value, DSL.val(domain(parts[1], cursor)), DSL.val(parts[2], SNAPSHOT.NAME));
            boolean kept = sort.by() == Sort.By.DEPTH && depthsAreKept();
            var place = DSL.row(
                    key.field(),
                    kept ? SNAPSHOT_DEPTH.DOMAIN : SNAPSHOT.DOMAIN,
                    kept ? SNAPSHOT_DEPTH.NAME : SNAPSHOT.NAME);
            // what the row says too, in the words that an index of one domain understands
            return sort.descending()
                    ? place.lt(last).and(key.field().le(value))
                    : place.gt(last).and(key.field().ge(value));
        }

        private static UUID domain(String text, Cursor cursor) {
            try {
                return DomainId.parse(text).value();
            } catch (InvalidValueException e) {
                throw cursor.notAKey("the id of a domain");
            }
        }
    }

    /** In the order of the rows. */
    private static List<SnapshotView> views(DSLContext in, List<SnapshotRow> rows, Validity validity) {
        Set<UUID> ids = rows.stream().map(r -> r.domain().value()).collect(Collectors.toSet());
        Map<DomainId, DomainRow> domains = in
                .selectFrom(DOMAIN)
                .where(DOMAIN.ID.in(ids).and(validity.holds(DOMAIN.FROM_POSITION, DOMAIN.TO_POSITION)))
                .fetch(SnapshotTables::domain)
                .stream()
                .collect(Collectors.toMap(DomainRow::id, Function.identity()));
        Map<UUID, Shape> shapes = Shape.of(in, ids, validity);
        return rows.stream()
                .flatMap(row -> Optional.ofNullable(domains.get(row.domain())).stream()
                        .flatMap(domain -> Optional.ofNullable(
                                        shapes.get(row.domain().value()))
                                .stream()
                                .map(shape -> SnapshotViews.of(
                                        row,
                                        domain,
                                        shape.depth(row.snapshot().name().value()),
                                        shape.descendants(row.snapshot().name().value())))))
                .toList();
    }
}
