package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.DOMAIN;
import static io.snapledger.query.jooq.slot.Tables.DRIFT;
import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.MOMENT;
import static io.snapledger.query.jooq.slot.Tables.PIN;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.query.view.DomainRow;
import io.snapledger.query.view.DriftRow;
import io.snapledger.query.view.LayerRow;
import io.snapledger.query.view.PinRow;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.DriftView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.Texts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Questions about domains. */
public final class DomainQueries {
    private static final String LIST = "domains";

    /** Where a domain is, as its index has it. */
    static final Field<String> HOST = DSL.field("({0} ->> 'host')", String.class, DOMAIN.DEFINITION);

    private final Views views;

    public DomainQueries(Views views) {
        this.views = views;
    }

    /** All domains, by name. Later pages show the same moment as the first. */
    public Page<DomainView> list(Optional<HostName> host, int limit, Optional<String> cursor, AsOf asOf) {
        String asked = new Asked().with("host", host).with(asOf).text();
        return views.read(
                        SnapshotProjection.NAME,
                        (in, applied) -> list(
                                in, applied, host, limit, cursor.map(c -> Cursor.parse(LIST, c, asked)), asOf, asked))
                .value();
    }

    /** @throws NotFoundException when there is none of that id or name */
    public Shown<DomainView> one(String domain, AsOf asOf) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
            Found found = find(in, applied, domain, asOf);
            return views(in, List.of(found.domain()), found.validity()).getFirst();
        });
    }

    private static Page<DomainView> list(
            DSLContext in,
            long applied,
            Optional<HostName> host,
            int limit,
            Optional<Cursor> cursor,
            AsOf asOf,
            String asked) {
        Validity validity =
                cursor.map(c -> Validity.at(c.position(), applied)).orElseGet(() -> Validity.of(in, applied, asOf));
        List<DomainRow> rows = in.selectFrom(DOMAIN)
                .where(validity.holds(DOMAIN.FROM_POSITION, DOMAIN.TO_POSITION))
                .and(host.map(h -> HOST.eq(h.value())).orElseGet(DSL::noCondition))
                .and(cursor.map(c -> DOMAIN.NAME.collate("C").gt(new DomainName(c.key()).value()))
                        .orElseGet(DSL::noCondition))
                .orderBy(DOMAIN.NAME.collate("C"))
                .limit(limit + 1)
                .fetch(SnapshotTables::domain);
        boolean more = rows.size() > limit;
        List<DomainRow> shown = more ? rows.subList(0, limit) : rows;
        Optional<String> next = more
                ? Optional.of(new Cursor(
                                LIST,
                                validity.shown(),
                                shown.getLast().definition().name().value(),
                                asked)
                        .text())
                : Optional.empty();
        return new Page<>(views(in, shown, validity), next, applied);
    }

    /** A domain and the versions of its rows that the question is about. */
    record Found(DomainRow domain, Validity validity) {}

    /** A domain at a moment, where it was there; the position of the moment where that has one. */
    record Look(Optional<Found> found, long position) {}

    /**
     * By id or by name; the id is tried first.
     *
     * @throws NotFoundException when it was not there
     */
    static Found find(DSLContext in, long applied, String text, AsOf asOf) {
        DomainId id = known(in, text, asOf);
        Validity validity = Validity.of(in, applied, id, asOf);
        return found(in, id, validity).orElseThrow(() -> absent(in, text, id, asOf, validity));
    }

    /**
     * As above, of a domain that may not have been there.
     *
     * @throws NotFoundException when none of the id or name was ever there
     */
    static Look look(DSLContext in, long applied, String text, AsOf asOf) {
        DomainId id = known(in, text, asOf);
        try {
            Validity validity = Validity.of(in, applied, id, asOf);
            return new Look(found(in, id, validity), validity.shown());
        } catch (NotFoundException e) {
            return switch (asOf) {
                case AsOf.AtTime at ->
                    new Look(Optional.empty(), Validity.of(in, applied, at).shown());
                case AsOf.Now _, AsOf.AtPosition _, AsOf.AtSequence _ -> throw e;
            };
        }
    }

    private static DomainId known(DSLContext in, String text, AsOf asOf) {
        return id(text).filter(i -> in.fetchExists(MOMENT, MOMENT.DOMAIN.eq(i.value())))
                .or(() -> namedThen(in, text, asOf))
                .or(() -> named(in, text))
                .orElseThrow(() -> unknown(text));
    }

    private static Optional<Found> found(DSLContext in, DomainId id, Validity validity) {
        return in.selectFrom(DOMAIN)
                .where(DOMAIN.ID.eq(id.value()).and(validity.holds(DOMAIN.FROM_POSITION, DOMAIN.TO_POSITION)))
                .fetchOptional(r -> new Found(SnapshotTables.domain(r), validity));
    }

    private static NotFoundException absent(DSLContext in, String text, DomainId id, AsOf asOf, Validity validity) {
        return asOf instanceof AsOf.Now
                ? unknown(text)
                : new NotFoundException("domain \"" + Texts.shortened(text) + "\" was not there at position "
                        + validity.shown() + "; it was from position "
                        + in.select(DSL.min(DOMAIN.FROM_POSITION))
                                .from(DOMAIN)
                                .where(DOMAIN.ID.eq(id.value()))
                                .fetchSingle(0)
                        + " on");
    }

    /** The domain that had the name then: it may since be another's. */
    private static Optional<DomainId> namedThen(DSLContext in, String name, AsOf asOf) {
        Optional<Long> position = switch (asOf) {
            case AsOf.Now _, AsOf.AtSequence _ -> Optional.empty();
            case AsOf.AtPosition at -> Optional.of(at.position());
            case AsOf.AtTime at -> Optional.of(Validity.position(in, at.time()));
        };
        return position.flatMap(p -> in.select(DOMAIN.ID)
                .from(DOMAIN)
                .where(DOMAIN.NAME.eq(name).and(DOMAIN.FROM_POSITION.le(p)))
                .orderBy(DOMAIN.FROM_POSITION.desc())
                .limit(1)
                .fetchOptional(r -> new DomainId(r.value1())));
    }

    /** @throws NotFoundException when none of the id or name was ever there */
    static DomainId everKnown(DSLContext in, String text) {
        return known(in, text, new AsOf.Now());
    }

    static NotFoundException unknown(String text) {
        return new NotFoundException("domain \"" + Texts.shortened(text)
                + "\" is not known; give the id or the name of one of /api/v1/domains");
    }

    static Optional<DomainId> id(String text) {
        try {
            return Optional.of(DomainId.parse(text));
        } catch (InvalidValueException _) {
            return Optional.empty();
        }
    }

    /** The domain that has the name, or else the last that had it: what was undefined can still be asked about as of then. */
    static Optional<DomainId> named(DSLContext in, String name) {
        return in.select(DOMAIN.ID)
                .from(DOMAIN)
                .where(DOMAIN.NAME.eq(name))
                .orderBy(DOMAIN.TO_POSITION.desc().nullsFirst())
                .limit(1)
                .fetchOptional(r -> new DomainId(r.value1()));
    }

    private static List<DomainView> views(DSLContext in, List<DomainRow> rows, Validity validity) {
        List<UUID> ids = rows.stream().map(r -> r.id().value()).toList();
        Map<DomainId, List<LayerRow>> layers = in
                .selectFrom(LAYER)
                .where(LAYER.DOMAIN.in(ids).and(validity.holds(LAYER.FROM_POSITION, LAYER.TO_POSITION)))
                .fetch(SnapshotTables::layer)
                .stream()
                .collect(Collectors.groupingBy(LayerRow::domain));
        Map<DomainId, List<PinView>> pins = in
                .selectFrom(PIN)
                .where(PIN.DOMAIN.in(ids).and(validity.holds(PIN.FROM_POSITION, PIN.TO_POSITION)))
                .orderBy(PIN.FROM_POSITION.desc())
                .fetch(SnapshotTables::pin)
                .stream()
                .collect(Collectors.groupingBy(PinRow::domain, Collectors.mapping(PinRow::view, Collectors.toList())));
        Map<DomainId, List<DriftRow>> drift = in
                .selectFrom(DRIFT)
                .where(DRIFT.DOMAIN.in(ids).and(validity.holds(DRIFT.FROM_POSITION, DRIFT.TO_POSITION)))
                .fetch(SnapshotTables::drift)
                .stream()
                .collect(Collectors.groupingBy(DriftRow::domain));
        Map<DomainId, List<Snapshot>> drifted = snapshotsOf(in, drift.keySet(), validity);
        Map<UUID, Integer> snapshots = in.select(SNAPSHOT.DOMAIN, DSL.count())
                .from(SNAPSHOT)
                .where(SNAPSHOT.DOMAIN.in(ids).and(validity.holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION)))
                .groupBy(SNAPSHOT.DOMAIN)
                .fetchMap(SNAPSHOT.DOMAIN, DSL.count());
        Field<Long> sequence = DSL.field(DSL.select(MOMENT.SEQUENCE)
                .from(MOMENT)
                .where(MOMENT.DOMAIN.eq(DOMAIN.ID).and(MOMENT.POSITION.le(validity.shown())))
                .orderBy(MOMENT.SEQUENCE.desc())
                .limit(1));
        Map<UUID, Long> sequences = in.select(DOMAIN.ID, sequence)
                .from(DOMAIN)
                .where(DOMAIN.ID.in(ids).and(validity.holds(DOMAIN.FROM_POSITION, DOMAIN.TO_POSITION)))
                .fetchMap(DOMAIN.ID, sequence);
        return rows.stream()
                .map(row -> view(
                        row,
                        layers.getOrDefault(row.id(), List.of()),
                        pins.getOrDefault(row.id(), List.of()),
                        new Drifts(
                                        row.definition(),
                                        row.current(),
                                        layers.getOrDefault(row.id(), List.of()),
                                        drifted.getOrDefault(row.id(), List.of()))
                                .views(drift.getOrDefault(row.id(), List.of())),
                        snapshots.getOrDefault(row.id().value(), 0),
                        sequences.getOrDefault(row.id().value(), 0L)))
                .toList();
    }

    /** Read for those alone that need them. */
    private static Map<DomainId, List<Snapshot>> snapshotsOf(
            DSLContext in, Collection<DomainId> domains, Validity validity) {
        if (domains.isEmpty()) {
            return Map.of();
        }
        return in
                .selectFrom(SNAPSHOT)
                .where(SNAPSHOT.DOMAIN.in(domains.stream().map(DomainId::value).toList()))
                .and(validity.holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION))
                .fetch(SnapshotTables::snapshot)
                .stream()
                .collect(Collectors.groupingBy(
                        SnapshotRow::domain, Collectors.mapping(SnapshotRow::snapshot, Collectors.toList())));
    }

    private static DomainView view(
            DomainRow row,
            List<LayerRow> layers,
            List<PinView> pins,
            List<DriftView> drift,
            int snapshots,
            long sequence) {
        DomainDefinition definition = row.definition();
        return new DomainView(
                row.id(),
                definition.name(),
                definition.host(),
                row.runState(),
                definition.disks().stream().map(d -> disk(d, layers)).toList(),
                definition.memoryBytes(),
                definition.qmpSocket(),
                definition.guestAgentSocket(),
                definition.launch(),
                row.current(),
                row.operation(),
                pins,
                drift,
                snapshots,
                sequence);
    }

    private static DomainView.Disk disk(Disk disk, List<LayerRow> layers) {
        return new DomainView.Disk(disk.target(), disk.readOnly(), disk.snapshot(), chain(disk, layers));
    }

    private static List<Image> chain(Disk disk, List<LayerRow> layers) {
        Map<HostPath, LayerRow> byFile =
                layers.stream().collect(Collectors.toMap(l -> l.layer().file(), l -> l));
        List<Image> chain = new ArrayList<>();
        Optional<LayerRow> layer = layers.stream()
                .filter(l -> l.active() && l.layer().target().equals(disk.target()))
                .findFirst();
        while (layer.isPresent() && chain.size() < layers.size()) {
            chain.add(layer.get().layer().image());
            layer = layer.get().layer().backing().flatMap(b -> Optional.ofNullable(byFile.get(b)));
        }
        return chain;
    }
}
