package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.query.DiffView;
import io.snapledger.schema.query.DiffView.ChangedLayer;
import io.snapledger.schema.query.DiffView.ChangedSnapshot;
import io.snapledger.schema.query.DiffView.CurrentChange;
import io.snapledger.schema.query.DiffView.DefinedChange;
import io.snapledger.schema.query.DiffView.StateChange;
import io.snapledger.schema.query.LayersView.LayerFile;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;

/** Questions about what two moments of a domain have not in common. */
public final class DiffQueries {
    private final Views views;

    public DiffQueries(Views views) {
        this.views = views;
    }

    /**
     * What changed from the first moment to the second, which may be the earlier one.
     *
     * @throws NotFoundException when the domain was there at neither
     */
    public Shown<DiffView> between(String domain, AsOf from, AsOf to) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
            DomainQueries.Look before = DomainQueries.look(in, applied, domain, from);
            DomainQueries.Look after = DomainQueries.look(in, applied, domain, to);
            Optional<DomainQueries.Found> one = before.found();
            Optional<DomainQueries.Found> other = after.found();
            DomainName name = other.or(() -> one)
                    .map(f -> f.domain().definition().name())
                    .orElseThrow(() -> DomainQueries.unknown(domain));
            return view(
                    name,
                    one.map(f -> Side.of(in, f)).orElseGet(() -> Side.absent(before.position())),
                    other.map(f -> Side.of(in, f)).orElseGet(() -> Side.absent(after.position())));
        });
    }

    /** A domain at one of the moments. */
    private record Side(
            long position,
            boolean defined,
            Optional<SnapshotName> current,
            Optional<RunState> state,
            Map<Identity, SnapshotView> snapshots,
            Map<Place, LayerFile> layers) {

        static Side absent(long position) {
            return new Side(position, false, Optional.empty(), Optional.empty(), Map.of(), Map.of());
        }

        static Side of(DSLContext in, DomainQueries.Found found) {
            List<SnapshotRow> rows = in.selectFrom(SNAPSHOT)
                    .where(SNAPSHOT.DOMAIN.eq(found.domain().id().value()))
                    .and(found.validity().holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION))
                    .orderBy(SNAPSHOT.NAME)
                    .fetch(SnapshotTables::snapshot);
            SnapshotTree tree = new SnapshotTree(rows.stream()
                    .collect(Collectors.toMap(
                            r -> r.snapshot().name(), r -> r.snapshot().parent())));
            Map<SnapshotName, Integer> depths = tree.depths();
            Map<SnapshotName, Integer> descendants = tree.descendants();
            return new Side(
                    found.validity().shown(),
                    true,
                    found.domain().current(),
                    found.domain().runState(),
                    keyed(
                            rows.stream()
                                    .map(r -> SnapshotViews.of(
                                            r,
                                            found.domain(),
                                            depths.getOrDefault(r.snapshot().name(), 0),
                                            descendants.getOrDefault(
                                                    r.snapshot().name(), 0))),
                            v -> new Identity(v.domain(), v.name(), v.createdAt())),
                    keyed(
                            LayerQueries.layers(in, found, rows).stream(),
                            l -> new Place(found.domain().id(), l.path())));
        }
    }

    /** The same name may be given again, to another snapshot; so may the name of a domain. */
    private record Identity(DomainId domain, SnapshotName name, Instant createdAt) {}

    private record Place(DomainId domain, HostPath path) {}

    private static <K, V> Map<K, V> keyed(Stream<V> values, Function<V, K> key) {
        return values.collect(Collectors.toMap(key, Function.identity(), (a, _) -> a, LinkedHashMap::new));
    }

    private static DiffView view(DomainName name, Side from, Side to) {
        return new DiffView(
                name,
                from.position(),
                to.position(),
                change(from.defined(), to.defined()).map(c -> new DefinedChange(c.from(), c.to())),
                change(from.current(), to.current()).map(c -> new CurrentChange(c.from(), c.to())),
                change(from.state(), to.state()).map(c -> new StateChange(c.from(), c.to())),
                new DiffView.Snapshots(
                        without(to.snapshots(), from.snapshots()),
                        without(from.snapshots(), to.snapshots()),
                        changes(from.snapshots(), to.snapshots())
                                .map(c -> new ChangedSnapshot(c.from().name(), differing(c), c.from(), c.to()))
                                .toList()),
                new DiffView.Layers(
                        without(to.layers(), from.layers()),
                        without(from.layers(), to.layers()),
                        changes(from.layers(), to.layers())
                                .map(c -> new ChangedLayer(c.from(), c.to()))
                                .toList()));
    }

    private record Change<T>(T from, T to) {}

    private static <T> Optional<Change<T>> change(T from, T to) {
        return from.equals(to) ? Optional.empty() : Optional.of(new Change<>(from, to));
    }

    private static <K, V> List<V> without(Map<K, V> some, Map<K, V> others) {
        return some.entrySet().stream()
                .filter(e -> !others.containsKey(e.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    private static <K, V> Stream<Change<V>> changes(Map<K, V> from, Map<K, V> to) {
        return from.entrySet().stream()
                .flatMap(e -> Optional.ofNullable(to.get(e.getKey())).stream()
                        .flatMap(then -> change(e.getValue(), then).stream()));
    }

    /** By the names of the fields, as JSON has them. */
    private static List<String> differing(Change<SnapshotView> change) {
        return Arrays.stream(SnapshotView.class.getRecordComponents())
                .filter(c -> !Components.of(change.from(), c).equals(Components.of(change.to(), c)))
                .map(c -> c.getName())
                .toList();
    }
}
