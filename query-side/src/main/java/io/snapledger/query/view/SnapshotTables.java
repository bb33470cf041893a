package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.DOMAIN;
import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.MOMENT;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.Record;

/** The tables of the snapshot projection, as one batch of entries reads and changes them. */
public final class SnapshotTables {
    private final DSLContext sql;
    private final Domains domains = new Domains();
    private final Layers layers = new Layers();
    private final Snapshots snapshots = new Snapshots();
    private final List<Query> moments = new ArrayList<>();

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
        return layers.select(
                LAYER.DOMAIN
                        .eq(domain.value())
                        .and(LAYER.TARGET.eq(target.value()))
                        .and(LAYER.ACTIVE),
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

    void moment(Entry.Happened entry) {
        moments.add(sql.insertInto(MOMENT)
                .set(MOMENT.DOMAIN, entry.domain().value())
                .set(MOMENT.SEQUENCE, entry.sequence())
                .set(MOMENT.POSITION, entry.position())
                .set(MOMENT.AT, entry.at()));
    }

    void flush() {
        domains.flush(sql);
        layers.flush(sql);
        snapshots.flush(sql);
        sql.batch(moments).execute();
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
                        Stored.read(r.get(SNAPSHOT.DEFINITION), DomainDefinition.class)),
                r.get(SNAPSHOT.CHILDREN),
                Optional.ofNullable(r.get(SNAPSHOT.CONSUMED_BY)).map(OperationId::new));
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
        Query insert(long from, Optional<Long> to, DomainRow row) {
            return sql.insertInto(DOMAIN)
                    .set(DOMAIN.ID, row.id().value())
                    .set(DOMAIN.FROM_POSITION, from)
                    .set(DOMAIN.TO_POSITION, to.orElse(null))
                    .set(DOMAIN.NAME, row.definition().name().value())
                    .set(DOMAIN.DEFINITION, Stored.json(row.definition()))
                    .set(DOMAIN.RUN_STATE, row.runState().map(RunState::name).orElse(null))
                    .set(
                            DOMAIN.CURRENT_SNAPSHOT,
                            row.current().map(SnapshotName::value).orElse(null))
                    .set(
                            DOMAIN.OPERATION,
                            row.operation().map(OperationId::value).orElse(null));
        }

        @Override
        Query end(DomainId key, long from, long to) {
            return sql.update(DOMAIN)
                    .set(DOMAIN.TO_POSITION, to)
                    .where(DOMAIN.ID.eq(key.value()))
                    .and(DOMAIN.FROM_POSITION.eq(from));
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
        Query insert(long from, Optional<Long> to, LayerRow row) {
            return sql.insertInto(LAYER)
                    .set(LAYER.DOMAIN, row.domain().value())
                    .set(LAYER.PATH, row.layer().file().value())
                    .set(LAYER.FROM_POSITION, from)
                    .set(LAYER.TO_POSITION, to.orElse(null))
                    .set(LAYER.TARGET, row.layer().target().value())
                    .set(LAYER.FORMAT, row.layer().image().format().name())
                    .set(
                            LAYER.BACKING,
                            row.layer().backing().map(HostPath::value).orElse(null))
                    .set(LAYER.ORIGIN, row.layer().origin().name())
                    .set(LAYER.ACTIVE, row.active());
        }

        @Override
        Query end(LayerRow.Key key, long from, long to) {
            return sql.update(LAYER).set(LAYER.TO_POSITION, to).where(is(key)).and(LAYER.FROM_POSITION.eq(from));
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
        Query insert(long from, Optional<Long> to, SnapshotRow row) {
            Snapshot s = row.snapshot();
            return sql.insertInto(SNAPSHOT)
                    .set(SNAPSHOT.DOMAIN, row.domain().value())
                    .set(SNAPSHOT.NAME, s.name().value())
                    .set(SNAPSHOT.FROM_POSITION, from)
                    .set(SNAPSHOT.TO_POSITION, to.orElse(null))
                    .set(SNAPSHOT.DESCRIPTION, s.description().orElse(null))
                    .set(SNAPSHOT.PARENT, s.parent().map(SnapshotName::value).orElse(null))
                    .set(SNAPSHOT.CREATED_AT, s.createdAt())
                    .set(SNAPSHOT.STATE, s.state().name())
                    .set(SNAPSHOT.LOCATION, Location.of(s.memory(), s.disks()).name())
                    .set(SNAPSHOT.MEMORY, Stored.json(s.memory()))
                    .set(SNAPSHOT.DISKS, Stored.json(s.disks().toArray(DiskCapture[]::new)))
                    .set(SNAPSHOT.DEFINITION, Stored.json(s.definition()))
                    .set(SNAPSHOT.CHILDREN, row.children())
                    .set(SNAPSHOT.METADATA, true)
                    .set(
                            SNAPSHOT.CONSUMED_BY,
                            row.consumedBy().map(OperationId::value).orElse(null));
        }

        @Override
        Query end(SnapshotRow.Key key, long from, long to) {
            return sql.update(SNAPSHOT)
                    .set(SNAPSHOT.TO_POSITION, to)
                    .where(is(key))
                    .and(SNAPSHOT.FROM_POSITION.eq(from));
        }
    }
}
