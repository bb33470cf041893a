package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.DOMAIN;
import static io.snapledger.query.jooq.slot.Tables.DRIFT;
import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.PIN;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;
import static io.snapledger.query.jooq.slot.Tables.TAG;

import io.snapledger.query.jooq.slot.tables.records.DomainRecord;
import io.snapledger.query.jooq.slot.tables.records.DriftRecord;
import io.snapledger.query.jooq.slot.tables.records.LayerRecord;
import io.snapledger.query.jooq.slot.tables.records.MomentRecord;
import io.snapledger.query.jooq.slot.tables.records.PinRecord;
import io.snapledger.query.jooq.slot.tables.records.SnapshotRecord;
import io.snapledger.query.jooq.slot.tables.records.TagRecord;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.TableRecord;

/** The tables of the snapshot projection, as one batch of entries reads and changes them. */
public final class SnapshotTables {
    private final DSLContext sql;
    private final Domains domains = new Domains();
    private final Layers layers = new Layers();
    private final Snapshots snapshots = new Snapshots();
    private final Pins pins = new Pins();
    private final Tags tags = new Tags();
    private final Drifts drift = new Drifts();
    private final Set<DomainId> activeRead = new HashSet<>();
    private final List<MomentRecord> moments = new ArrayList<>();

    SnapshotTables(DSLContext sql) {
        this.sql = sql;
    }

    Versions<DomainId, DomainRow> domains() {
        return domains;
    }

    Versions<LayerRow.Key, LayerRow> layers() {
        return layers;
    }

    Versions<SnapshotRow.Key, SnapshotRow> snapshots() {
        return snapshots;
    }

    Versions<TagRow.Key, TagRow> tags() {
        return tags;
    }

    List<TagRow> tagsOf(DomainId domain) {
        return tags.select(TAG.DOMAIN.eq(domain.value()), row -> row.domain().equals(domain));
    }

    List<TagRow> tagsNamed(DomainId domain, DiskCapture.Internal disk) {
        return tags.select(
                TAG.DOMAIN
                        .eq(domain.value())
                        .and(TAG.TARGET.eq(disk.target().value()))
                        .and(TAG.PATH.eq(disk.file().value()))
                        .and(TAG.NAME.eq(disk.tag())),
                row -> row.domain().equals(domain)
                        && row.target().equals(disk.target())
                        && row.file().equals(disk.file())
                        && row.tag().name().equals(disk.tag()));
    }

    Versions<DriftRow.Key, DriftRow> drift() {
        return drift;
    }

    List<DriftRow> driftOf(DomainId domain) {
        return drift.select(DRIFT.DOMAIN.eq(domain.value()), row -> row.domain().equals(domain));
    }

    Versions<PinRow.Key, PinRow> pins() {
        return pins;
    }

    List<PinRow> pinsOf(DomainId domain) {
        return pins.select(PIN.DOMAIN.eq(domain.value()), row -> row.domain().equals(domain));
    }

    List<LayerRow> layersOf(DomainId domain) {
        return layers.select(
                LAYER.DOMAIN.eq(domain.value()), row -> row.domain().equals(domain));
    }

    List<LayerRow> layersOn(DomainId domain, HostPath backing) {
        return layers.select(
                LAYER.DOMAIN.eq(domain.value()).and(LAYER.BACKING.eq(backing.value())),
                row -> row.domain().equals(domain) && row.layer().backing().equals(Optional.of(backing)));
    }

    List<LayerRow> activeLayers(DomainId domain, DiskTarget target) {
        if (activeRead.add(domain)) {
            layers.fetch(LAYER.DOMAIN.eq(domain.value()).and(LAYER.ACTIVE));
        }
        return layers.among(
                row -> row.domain().equals(domain) && row.layer().target().equals(target) && row.active());
    }

    List<SnapshotRow> snapshotsOf(DomainId domain) {
        return snapshots.select(
                SNAPSHOT.DOMAIN.eq(domain.value()), row -> row.domain().equals(domain));
    }

    List<SnapshotRow> childrenOf(DomainId domain, SnapshotName parent) {
        return snapshots.select(
                SNAPSHOT.DOMAIN.eq(domain.value()).and(SNAPSHOT.PARENT.eq(parent.value())),
                row -> row.domain().equals(domain) && row.snapshot().parent().equals(Optional.of(parent)));
    }

    List<SnapshotRow> snapshotsReferringTo(DomainId domain, HostPath file) {
        String path = Stored.json(file).data();
        return snapshots.select(
                SNAPSHOT.DOMAIN
                        .eq(domain.value())
                        .and(
                                "{0} @> jsonb_build_array(jsonb_build_object('base', {1}::jsonb))"
                                        + " or {0} @> jsonb_build_array(jsonb_build_object('file', {1}::jsonb))",
                                SNAPSHOT.DISKS, org.jooq.impl.DSL.val(path)),
                row -> row.domain().equals(domain) && row.refersTo(file));
    }

    List<SnapshotRow> snapshotsConsumedBy(DomainId domain, OperationId operation) {
        return snapshots.select(
                SNAPSHOT.DOMAIN.eq(domain.value()).and(SNAPSHOT.CONSUMED_BY.eq(operation.value())),
                row -> row.domain().equals(domain) && row.consumedBy().equals(Optional.of(operation)));
    }

    /** Those whose memory is under the tag, in whichever image. */
    List<SnapshotRow> snapshotsWithMemory(DomainId domain, String tag, HostPath file) {
        return snapshots.select(
                SNAPSHOT.DOMAIN
                        .eq(domain.value())
                        .and("{0} ->> 'tag' = {1}", SNAPSHOT.MEMORY, org.jooq.impl.DSL.val(tag)),
                row -> row.domain().equals(domain) && row.hasInside(tag, file));
    }

    /** Who had the snapshot created, also when it is gone; of several of the name it is the last. */
    Optional<String> actorOf(SnapshotRow.Key key) {
        return snapshots
                .lastSeen(key)
                .map(SnapshotRow::actor)
                .orElseGet(() -> sql.select(SNAPSHOT.ACTOR)
                        .from(SNAPSHOT)
                        .where(SNAPSHOT.DOMAIN
                                .eq(key.domain().value())
                                .and(SNAPSHOT.NAME.eq(key.name().value())))
                        .orderBy(SNAPSHOT.FROM_POSITION.desc())
                        .limit(1)
                        .fetchOptional(SNAPSHOT.ACTOR));
    }

    void moment(Entry.Happened entry) {
        moments.add(new MomentRecord(entry.domain().value(), entry.sequence(), entry.position(), entry.at()));
    }

    void flush() {
        domains.flush(sql);
        layers.flush(sql);
        Depths depths = Depths.of(snapshots.changes());
        snapshots.flush(sql);
        depths.flush(sql);
        pins.flush(sql);
        tags.flush(sql);
        drift.flush(sql);
        sql.batchInsert(moments).execute();
    }

    public static DomainRow domain(Record r) {
        return new DomainRow(
                new DomainId(r.get(DOMAIN.ID)),
                Stored.read(r.get(DOMAIN.DEFINITION), DomainDefinition.class),
                Optional.ofNullable(r.get(DOMAIN.RUN_STATE)).map(RunState::valueOf),
                Optional.ofNullable(r.get(DOMAIN.CURRENT_SNAPSHOT)).map(SnapshotName::new),
                Optional.ofNullable(r.get(DOMAIN.OPERATION)).map(OperationId::new));
    }

    public static LayerRow layer(Record r) {
        return new LayerRow(
                new DomainId(r.get(LAYER.DOMAIN)),
                new Layer(
                        new DiskTarget(r.get(LAYER.TARGET)),
                        new Image(new HostPath(r.get(LAYER.PATH)), ImageFormat.valueOf(r.get(LAYER.FORMAT))),
                        Optional.ofNullable(r.get(LAYER.BACKING)).map(HostPath::new),
                        Layer.Origin.valueOf(r.get(LAYER.ORIGIN))),
                r.get(LAYER.ACTIVE));
    }

    public static TagRow tag(Record r) {
        return new TagRow(
                new DomainId(r.get(TAG.DOMAIN)),
                new DiskTarget(r.get(TAG.TARGET)),
                new HostPath(r.get(TAG.PATH)),
                Stored.read(r.get(TAG.STORED), StoredTag.class));
    }

    public static SnapshotRow snapshot(Record r) {
        return new SnapshotRow(
                new DomainId(r.get(SNAPSHOT.DOMAIN)),
                new Snapshot(
                        new SnapshotName(r.get(SNAPSHOT.NAME)),
                        Optional.ofNullable(r.get(SNAPSHOT.DESCRIPTION)),
                        Optional.ofNullable(r.get(SNAPSHOT.PARENT)).map(SnapshotName::new),
                        r.get(SNAPSHOT.CREATED_AT),
                        SnapshotState.valueOf(r.get(SNAPSHOT.STATE)),
                        Stored.read(r.get(SNAPSHOT.MEMORY), MemoryCapture.class),
                        List.of(Stored.read(r.get(SNAPSHOT.DISKS), DiskCapture[].class)),
                        Stored.read(r.get(SNAPSHOT.DEFINITION), DomainDefinition.class),
                        Optional.ofNullable(r.get(SNAPSHOT.EXTRAS)).map(e -> Stored.read(e, SnapshotExtras.class))),
                r.get(SNAPSHOT.CHILDREN),
                Optional.ofNullable(r.get(SNAPSHOT.CONSUMED_BY)).map(OperationId::new),
                Optional.ofNullable(r.get(SNAPSHOT.ACTOR)),
                Optional.ofNullable(r.get(SNAPSHOT.SIZE)));
    }

    public static PinRow pin(Record r) {
        return new PinRow(
                new DomainId(r.get(PIN.DOMAIN)),
                new PinView(
                        new OperationId(r.get(PIN.OPERATION)),
                        r.get(PIN.UNTIL),
                        List.of(Stored.read(r.get(PIN.SNAPSHOTS), SnapshotName[].class)),
                        List.of(Stored.read(r.get(PIN.FILES), HostPath[].class))),
                List.of(Stored.read(r.get(PIN.TAGS), Step.Tag[].class)));
    }

    public static DriftRow drift(Record r) {
        return new DriftRow(
                new DomainId(r.get(DRIFT.DOMAIN)), Stored.read(r.get(DRIFT.STORED), Drift.class), r.get(DRIFT.SINCE));
    }

    private final class Domains extends Versions<DomainId, DomainRow> {
        @Override
        DomainId keyOf(DomainRow row) {
            return row.id();
        }

        @Override
        Condition is(DomainId key) {
            return DOMAIN.ID.eq(key.value());
        }

        @Override
        List<Living<DomainRow>> load(Condition condition) {
            return sql.selectFrom(DOMAIN)
                    .where(DOMAIN.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), domain(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, DomainRow row) {
            return new DomainRecord(
                    row.id().value(),
                    from,
                    to.orElse(null),
                    row.definition().name().value(),
                    Stored.json(row.definition()),
                    row.runState().map(RunState::name).orElse(null),
                    row.current().map(SnapshotName::value).orElse(null),
                    row.operation().map(OperationId::value).orElse(null));
        }

        @Override
        Query end() {
            return sql.update(DOMAIN)
                    .set(DOMAIN.TO_POSITION, (Long) null)
                    .where(DOMAIN.ID.eq((UUID) null))
                    .and(DOMAIN.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(DomainId key, long from, long to) {
            return new Object[] {to, key.value(), from};
        }
    }

    private final class Layers extends Versions<LayerRow.Key, LayerRow> {
        @Override
        LayerRow.Key keyOf(LayerRow row) {
            return row.key();
        }

        @Override
        Condition is(LayerRow.Key key) {
            return LAYER.DOMAIN
                    .eq(key.domain().value())
                    .and(LAYER.PATH.eq(key.file().value()));
        }

        @Override
        List<Living<LayerRow>> load(Condition condition) {
            return sql.selectFrom(LAYER)
                    .where(LAYER.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), layer(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, LayerRow row) {
            return new LayerRecord(
                    row.domain().value(),
                    row.layer().file().value(),
                    from,
                    to.orElse(null),
                    row.layer().target().value(),
                    row.layer().image().format().name(),
                    row.layer().backing().map(HostPath::value).orElse(null),
                    row.layer().origin().name(),
                    row.active());
        }

        @Override
        Query end() {
            return sql.update(LAYER)
                    .set(LAYER.TO_POSITION, (Long) null)
                    .where(LAYER.DOMAIN.eq((UUID) null))
                    .and(LAYER.PATH.eq((String) null))
                    .and(LAYER.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(LayerRow.Key key, long from, long to) {
            return new Object[] {to, key.domain().value(), key.file().value(), from};
        }
    }

    private final class Snapshots extends Versions<SnapshotRow.Key, SnapshotRow> {
        @Override
        SnapshotRow.Key keyOf(SnapshotRow row) {
            return row.key();
        }

        @Override
        Condition is(SnapshotRow.Key key) {
            return SNAPSHOT.DOMAIN
                    .eq(key.domain().value())
                    .and(SNAPSHOT.NAME.eq(key.name().value()));
        }

        @Override
        List<Living<SnapshotRow>> load(Condition condition) {
            return sql.selectFrom(SNAPSHOT)
                    .where(SNAPSHOT.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), snapshot(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, SnapshotRow row) {
            Snapshot s = row.snapshot();
            return new SnapshotRecord(
                    row.domain().value(),
                    s.name().value(),
                    from,
                    to.orElse(null),
                    s.description().map(Stored::text).orElse(null),
                    s.parent().map(SnapshotName::value).orElse(null),
                    s.createdAt(),
                    s.state().name(),
                    Location.of(s.memory(), s.disks()).name(),
                    Stored.json(s.memory()),
                    Stored.json(s.disks().toArray(DiskCapture[]::new)),
                    Stored.json(s.definition()),
                    row.children(),
                    true,
                    row.consumedBy().map(OperationId::value).orElse(null),
                    s.extras().map(Stored::json).orElse(null),
                    row.actor().orElse(null),
                    row.size().orElse(null));
        }

        @Override
        Query end() {
            return sql.update(SNAPSHOT)
                    .set(SNAPSHOT.TO_POSITION, (Long) null)
                    .where(SNAPSHOT.DOMAIN.eq((UUID) null))
                    .and(SNAPSHOT.NAME.eq((String) null))
                    .and(SNAPSHOT.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(SnapshotRow.Key key, long from, long to) {
            return new Object[] {to, key.domain().value(), key.name().value(), from};
        }
    }

    private final class Tags extends Versions<TagRow.Key, TagRow> {
        @Override
        TagRow.Key keyOf(TagRow row) {
            return row.key();
        }

        @Override
        Condition is(TagRow.Key key) {
            return TAG.DOMAIN
                    .eq(key.domain().value())
                    .and(TAG.TARGET.eq(key.target().value()))
                    .and(TAG.PATH.eq(key.file().value()))
                    .and(TAG.ID.eq(key.id()))
                    .and(TAG.NAME.eq(key.name()));
        }

        @Override
        List<Living<TagRow>> load(Condition condition) {
            return sql.selectFrom(TAG)
                    .where(TAG.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), tag(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, TagRow row) {
            return new TagRecord(
                    row.domain().value(),
                    row.target().value(),
                    row.file().value(),
                    row.tag().id(),
                    row.tag().name(),
                    from,
                    to.orElse(null),
                    Stored.json(row.tag()));
        }

        @Override
        Query end() {
            return sql.update(TAG)
                    .set(TAG.TO_POSITION, (Long) null)
                    .where(TAG.DOMAIN.eq((UUID) null))
                    .and(TAG.TARGET.eq((String) null))
                    .and(TAG.PATH.eq((String) null))
                    .and(TAG.ID.eq((String) null))
                    .and(TAG.NAME.eq((String) null))
                    .and(TAG.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(TagRow.Key key, long from, long to) {
            return new Object[] {
                to, key.domain().value(), key.target().value(), key.file().value(), key.id(), key.name(), from
            };
        }
    }

    private final class Pins extends Versions<PinRow.Key, PinRow> {
        @Override
        PinRow.Key keyOf(PinRow row) {
            return row.key();
        }

        @Override
        Condition is(PinRow.Key key) {
            return PIN.DOMAIN
                    .eq(key.domain().value())
                    .and(PIN.OPERATION.eq(key.operation().value()));
        }

        @Override
        List<Living<PinRow>> load(Condition condition) {
            return sql.selectFrom(PIN)
                    .where(PIN.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), pin(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, PinRow row) {
            return new PinRecord(
                    row.domain().value(),
                    row.view().operation().value(),
                    from,
                    to.orElse(null),
                    row.view().until(),
                    Stored.json(row.view().snapshots().toArray(SnapshotName[]::new)),
                    Stored.json(row.view().files().toArray(HostPath[]::new)),
                    Stored.json(row.tags().toArray(Step.Tag[]::new)));
        }

        @Override
        Query end() {
            return sql.update(PIN)
                    .set(PIN.TO_POSITION, (Long) null)
                    .where(PIN.DOMAIN.eq((UUID) null))
                    .and(PIN.OPERATION.eq((UUID) null))
                    .and(PIN.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(PinRow.Key key, long from, long to) {
            return new Object[] {to, key.domain().value(), key.operation().value(), from};
        }
    }

    private final class Drifts extends Versions<DriftRow.Key, DriftRow> {
        @Override
        DriftRow.Key keyOf(DriftRow row) {
            return row.key();
        }

        @Override
        Condition is(DriftRow.Key key) {
            return DRIFT.DOMAIN
                    .eq(key.domain().value())
                    .and(DRIFT.PATH.eq(key.file().value()))
                    .and(DRIFT.KIND.eq(key.kind()));
        }

        @Override
        List<Living<DriftRow>> load(Condition condition) {
            return sql.selectFrom(DRIFT)
                    .where(DRIFT.TO_POSITION.isNull().and(condition))
                    .fetch(r -> new Living<>(r.getFromPosition(), drift(r)));
        }

        @Override
        TableRecord<?> stored(long from, Optional<Long> to, DriftRow row) {
            return new DriftRecord(
                    row.domain().value(),
                    row.drift().file().value(),
                    row.key().kind(),
                    from,
                    to.orElse(null),
                    row.since(),
                    Stored.json(row.drift()));
        }

        @Override
        Query end() {
            return sql.update(DRIFT)
                    .set(DRIFT.TO_POSITION, (Long) null)
                    .where(DRIFT.DOMAIN.eq((UUID) null))
                    .and(DRIFT.PATH.eq((String) null))
                    .and(DRIFT.KIND.eq((String) null))
                    .and(DRIFT.FROM_POSITION.eq((Long) null));
        }

        @Override
        Object[] parameters(DriftRow.Key key, long from, long to) {
            return new Object[] {to, key.domain().value(), key.file().value(), key.kind(), from};
        }
    }
}
