package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.SnapshotDump;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Questions about the snapshots of a domain, now or as of then. */
public final class SnapshotQueries {
    private static final String LIST = "snapshots";

    private final Views views;

    public SnapshotQueries(Views views) {
        this.views = views;
    }

    /**
     * The snapshots asked for. Later pages show the same moment as the first.
     *
     * @throws NotFoundException when there is no such domain, or no such snapshot to begin from
     */
    public Page<SnapshotView> list(String domain, SnapshotQuestion question) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> list(in, applied, domain, question))
                .value();
    }

    /** @throws NotFoundException when there is no such domain or snapshot */
    public Shown<SnapshotView> one(String domain, SnapshotName name, AsOf asOf) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
            At at = at(in, DomainQueries.find(in, applied, domain, asOf));
            return at.views(List.of(at.known(name))).getFirst();
        });
    }

    /**
     * The snapshot as libvirt's document, without passwords: whoever asks here may only read.
     *
     * @throws NotFoundException when there is no such domain or snapshot
     */
    public Shown<String> document(String domain, SnapshotName name, AsOf asOf) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
            At at = at(in, DomainQueries.find(in, applied, domain, asOf));
            SnapshotRow row = at.row(at.known(name));
            return SnapshotDump.of(row.domain(), row.snapshot(), at.current(name) ? at.active() : List.of())
                    .withoutSecrets()
                    .write();
        });
    }

    /**
     * The tree, or the part of it that begins with a snapshot.
     *
     * @throws NotFoundException when there is no such domain, or no such snapshot to begin with
     */
    public Shown<TreeView> tree(String domain, Start start, AsOf asOf) {
        return views.read(
                SnapshotProjection.NAME,
                (in, applied) ->
                        at(in, DomainQueries.find(in, applied, domain, asOf)).view(start));
    }

    private static Page<SnapshotView> list(DSLContext in, long applied, String domain, SnapshotQuestion question) {
        String asked = question.asked(domain);
        Optional<Cursor> cursor = question.cursor().map(c -> Cursor.parse(LIST, c, asked));
        AsOf asOf = cursor.<AsOf>map(c -> new AsOf.AtPosition(c.position())).orElse(question.asOf());
        At at = at(in, DomainQueries.find(in, applied, domain, asOf));
        List<SnapshotName> names = at.names(question, cursor.map(c -> new SnapshotName(c.key())));
        boolean more = names.size() > question.limit();
        List<SnapshotName> shown = more ? names.subList(0, question.limit()) : names;
        Optional<String> next = more
                ? Optional.of(new Cursor(
                                LIST,
                                at.found.validity().shown(),
                                shown.getLast().value(),
                                asked)
                        .text())
                : Optional.empty();
        return new Page<>(at.views(shown), next, applied);
    }

    private static At at(DSLContext in, DomainQueries.Found found) {
        UUID id = found.domain().id().value();
        SnapshotTree tree =
                SnapshotTree.of(in, List.of(id), found.validity()).getOrDefault(id, new SnapshotTree(Map.of()));
        return new At(in, found, tree);
    }

    private static Condition holds(DomainQueries.Found found) {
        return SNAPSHOT.DOMAIN
                .eq(found.domain().id().value())
                .and(found.validity().holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION));
    }

    /** A domain's snapshots at the moment that is asked about. */
    private record At(DSLContext in, DomainQueries.Found found, SnapshotTree tree) {

        SnapshotName known(SnapshotName name) {
            if (!in.fetchExists(SNAPSHOT, holds(found).and(SNAPSHOT.NAME.eq(name.value())))) {
                throw new NotFoundException(Deletions.last(in, found, name)
                        .orElseGet(
                                () -> "domain \"" + found.domain().definition().name()
                                        + "\" has no snapshot \"" + Texts.shortened(name.value())
                                        + "\"; see its list of snapshots, or ask as of a time when it existed"));
            }
            return name;
        }

        /** Empty for the whole tree. */
        Optional<SnapshotName> named(Start start) {
            return switch (start) {
                case Start.Everywhere _ -> Optional.empty();
                case Start.At at -> Optional.of(known(at.name()));
                case Start.Current _ ->
                    Optional.of(found.domain()
                            .current()
                            .orElseThrow(() -> new NotFoundException(
                                    "domain \"" + found.domain().definition().name()
                                            + "\" has no current snapshot; name one with from=NAME")));
            };
        }

        /** At most one more than the limit, so that one sees whether there are more. */
        List<SnapshotName> names(SnapshotQuestion question, Optional<SnapshotName> after) {
            Condition wanted = holds(found)
                    .and(question.search().condition())
                    .and(named(question.from())
                            .map(n -> SNAPSHOT.NAME.in(texts(below(n, question.descendants()))))
                            .orElseGet(DSL::noCondition));
            if (question.topological()) {
                return inOrder(wanted, tree.order().stream(), question.limit(), after);
            }
            Sort sort = question.sort().orElse(Sort.NAME);
            return switch (sort.by()) {
                case DEPTH -> inOrder(wanted, byDepth(sort), question.limit(), after);
                case CREATED_AT, NAME, SIZE -> sorted(SortKey.of(sort).field(), wanted, sort, question.limit(), after);
            };
        }

        /** What {@code after} is compared by is as it was for the page before: both are of the same moment. */
        private <T> List<SnapshotName> sorted(
                Field<T> key, Condition wanted, Sort sort, int limit, Optional<SnapshotName> after) {
            var place = DSL.row(key, SNAPSHOT.NAME);
            Condition rest = after.map(n -> {
                        var last = DSL.select(key, SNAPSHOT.NAME)
                                .from(SNAPSHOT)
                                .where(holds(found).and(SNAPSHOT.NAME.eq(n.value())));
                        return sort.descending() ? place.lt(last) : place.gt(last);
                    })
                    .orElseGet(DSL::noCondition);
            return in.select(SNAPSHOT.NAME)
                    .from(SNAPSHOT)
                    .where(wanted)
                    .and(rest)
                    .orderBy(SortKey.order(sort, key, SNAPSHOT.NAME))
                    .limit(limit + 1)
                    .fetch(r -> new SnapshotName(r.value1()));
        }

        private Stream<SnapshotTree.Place> byDepth(Sort sort) {
            Comparator<SnapshotTree.Place> up =
                    Comparator.comparingInt(SnapshotTree.Place::depth).thenComparing(SnapshotTree.Place::name);
            return tree.order().stream().sorted(sort.descending() ? up.reversed() : up);
        }

        private List<SnapshotName> inOrder(
                Condition wanted, Stream<SnapshotTree.Place> order, int limit, Optional<SnapshotName> after) {
            var names =
                    in.select(SNAPSHOT.NAME).from(SNAPSHOT).where(wanted).fetchSet(r -> new SnapshotName(r.value1()));
            List<SnapshotName> all = order.map(SnapshotTree.Place::name).toList();
            int begin = after.map(n -> all.indexOf(n) + 1).orElse(0);
            return all.stream()
                    .skip(begin)
                    .filter(names::contains)
                    .limit(limit + 1L)
                    .toList();
        }

        private List<SnapshotName> below(SnapshotName of, boolean descendants) {
            return descendants ? tree.below(of) : tree.children(Optional.of(of));
        }

        private static List<String> texts(List<SnapshotName> names) {
            return names.stream().map(SnapshotName::value).toList();
        }

        /** The layers that the guest writes. */
        List<Layer> active() {
            return in.selectFrom(LAYER)
                    .where(LAYER.DOMAIN.eq(found.domain().id().value()))
                    .and(found.validity().holds(LAYER.FROM_POSITION, LAYER.TO_POSITION))
                    .and(LAYER.ACTIVE)
                    .orderBy(LAYER.TARGET)
                    .fetch(r -> SnapshotTables.layer(r).layer());
        }

        SnapshotRow row(SnapshotName name) {
            return in.selectFrom(SNAPSHOT)
                    .where(holds(found).and(SNAPSHOT.NAME.eq(name.value())))
                    .fetchSingle(SnapshotTables::snapshot);
        }

        /** In the order of the names. */
        List<SnapshotView> views(List<SnapshotName> names) {
            Map<SnapshotName, Integer> descendants = tree.descendants();
            Map<SnapshotName, Integer> depths = tree.depths();
            Map<SnapshotName, SnapshotRow> rows = in
                    .selectFrom(SNAPSHOT)
                    .where(holds(found).and(SNAPSHOT.NAME.in(texts(names))))
                    .fetch(SnapshotTables::snapshot)
                    .stream()
                    .collect(Collectors.toMap(r -> r.snapshot().name(), Function.identity()));
            return names.stream()
                    .flatMap(n -> Optional.ofNullable(rows.get(n)).stream())
                    .map(r -> SnapshotViews.of(
                            r,
                            found.domain(),
                            depths.getOrDefault(r.snapshot().name(), 0),
                            descendants.getOrDefault(r.snapshot().name(), 0)))
                    .toList();
        }

        private boolean current(SnapshotName name) {
            return found.domain().current().equals(Optional.of(name));
        }

        TreeView view(Start start) {
            List<SnapshotTree.Place> places = named(start).map(tree::from).orElseGet(tree::order);
            DomainId id = found.domain().id();
            Map<SnapshotName, TreeView.Node> nodes = new HashMap<>();
            Map<SnapshotName, Integer> depths =
                    places.stream().collect(Collectors.toMap(SnapshotTree.Place::name, SnapshotTree.Place::depth));
            in.select(SNAPSHOT.NAME, SNAPSHOT.STATE, SNAPSHOT.LOCATION, SNAPSHOT.CREATED_AT)
                    .from(SNAPSHOT)
                    .where(holds(found))
                    .forEach(r -> {
                        SnapshotName name = new SnapshotName(r.value1());
                        nodes.put(
                                name,
                                new TreeView.Node(
                                        name,
                                        tree.parent(name),
                                        depths.getOrDefault(name, 0),
                                        current(name),
                                        SnapshotState.valueOf(r.value2()),
                                        Location.valueOf(r.value3()),
                                        r.value4()));
                    });
            return new TreeView(
                    id,
                    found.domain().definition().name(),
                    found.domain().current(),
                    places.stream()
                            .flatMap(p -> Optional.ofNullable(nodes.get(p.name())).stream())
                            .toList());
        }
    }
}
