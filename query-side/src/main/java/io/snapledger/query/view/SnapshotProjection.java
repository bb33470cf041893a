package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.DOMAIN;
import static io.snapledger.query.jooq.slot.Tables.DRIFT;
import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.MOMENT;
import static io.snapledger.query.jooq.slot.Tables.PIN;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT_DEPTH;
import static io.snapledger.query.jooq.slot.Tables.TAG;

import io.snapledger.query.view.Entry.Happened;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Table;

/** Domains with their layers and the tree of their snapshots, now and at every earlier position of the log. */
public final class SnapshotProjection implements Projection {
    public static final String NAME = "snapshots";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void apply(DSLContext rows, List<Entry> entries) {
        SnapshotTables tables = new SnapshotTables(rows);
        for (Entry entry : entries) {
            switch (entry) {
                case Happened happened -> new Fold(tables, happened).apply();
                case Entry.Answered _ -> {}
            }
        }
        tables.flush();
    }

    @Override
    public List<Table<?>> tables() {
        return List.of(DOMAIN, LAYER, SNAPSHOT, SNAPSHOT_DEPTH, TAG, PIN, DRIFT, MOMENT);
    }

    /** 2: who had a snapshot created, its size, and its depth. */
    @Override
    public int form() {
        return 2;
    }

    /** What one event changes. */
    private record Fold(SnapshotTables tables, Happened entry) {
        void apply() {
            tables.moment(entry);
            switch (entry.event()) {
                case DomainEvent.DomainDefined e -> define(e.definition());
                case DomainEvent.DomainUpdated e -> define(e.definition());
                case DomainEvent.DomainUndefined _ -> undefine();
                case DomainEvent.RunStateObserved e -> put(domain().with(e.runState()));
                case DomainEvent.TagsObserved e -> seen(e);
                case DomainEvent.DriftObserved e -> seen(e);
                case DomainEvent.SnapshotCreationRequested e -> begin(e);
                case DomainEvent.BranchRequested e -> begin(e);
                case DomainEvent.RevertRequested e -> beginConsuming(e, e.gone());
                case DomainEvent.DeletionRequested e -> beginConsuming(e, e.consumed());
                case DomainEvent.MergeRequested e -> beginConsuming(e, withOthers(e.snapshot(), e.discarded()));
                case DomainEvent.DiscardRequested e -> beginConsuming(e, e.gone());
                case DomainEvent.SnapshotCreated e -> create(e);
                case DomainEvent.BranchCreated e -> branch(e);
                case DomainEvent.SnapshotReverted e -> revert(e);
                case DomainEvent.SnapshotsDeleted e -> delete(e.layers(), e.snapshots());
                case DomainEvent.SnapshotMerged e -> delete(e.layers(), withOthers(e.snapshot(), e.discarded()));
                case DomainEvent.SnapshotDiscarded e -> {
                    put(domain().with(e.runState()));
                    delete(e.layers(), e.gone());
                }
                case DomainEvent.UndoRequested e -> begin(e);
                case DomainEvent.CollectionRequested e -> begin(e);
                case DomainEvent.DeletionDeferred e -> {
                    pin(e.operation(), e.pin(), e.snapshots());
                    remove(e.snapshots());
                }
                case DomainEvent.DeletionUndone e -> {
                    unpin(List.of(e.undone()));
                    restore(e.restored());
                }
                case DomainEvent.RevertUndone e -> {
                    put(domain().with(e.runState()));
                    delete(e.layers(), List.of());
                    restore(e.restored());
                }
                case DomainEvent.PinCollected e -> delete(e.layers(), List.of());
                case DomainEvent.PinEnded e -> unpin(List.of(e.collected()));
                case DomainEvent.SnapshotsForgotten e -> forget(e);
                case DomainEvent.SnapshotDeactivated _ -> put(domain().withCurrent(Optional.empty()));
                case DomainEvent.SnapshotRedefined e -> redefine(e);
                case DomainEvent.TreeImported e -> current(e.current(), e.active());
                case DomainEvent.SnapshotMadeCurrent e -> current(Optional.of(e.snapshot()), e.active());
                case DomainEvent.SnapshotDescribed e -> describe(e);
                case DomainEvent.ImportPartReceived _ -> {}
                case DomainEvent.OperationRolledBack e -> rolledBack(e.operation());
                case DomainEvent.OperationCancelled e -> cancelled(e);
                case DomainEvent.OperationAbandoned e -> abandoned(e);
                case DomainEvent.CancellationRequested _,
                        DomainEvent.LeftoversReleased _,
                        DomainEvent.LeftoversKept _,
                        DomainEvent.RollbackRequested _,
                        DomainEvent.ResumeRequested _,
                        DomainEvent.HostOperationFailed _,
                        DomainEvent.OperationStalled _,
                        DomainEvent.OperationNeedsAttention _ -> {}
            }
        }

        private DomainId id() {
            return entry.domain();
        }

        private DomainRow domain() {
            return tables.domains().get(id());
        }

        private void put(DomainRow row) {
            tables.domains().put(entry.position(), row);
        }

        private void put(LayerRow row) {
            tables.layers().put(entry.position(), row);
        }

        private void put(SnapshotRow row) {
            tables.snapshots().put(entry.position(), row);
        }

        /** A known domain keeps its snapshots and layers, and gets the disks that are new. */
        private void define(DomainDefinition definition) {
            put(tables.domains()
                    .find(id())
                    .map(known -> known.with(definition))
                    .orElseGet(() ->
                            new DomainRow(id(), definition, Optional.empty(), Optional.empty(), Optional.empty())));
            for (LayerRow row : tables.layersOf(id())) {
                boolean root = row.layer().backing().isEmpty() && row.layer().origin() == Layer.Origin.DEFINED;
                if (root
                        && definition
                                .disk(row.layer().target())
                                .filter(d -> d.file().equals(row.layer().file()))
                                .isEmpty()) {
                    tables.layers().remove(entry.position(), row.key());
                }
            }
            for (Disk disk : definition.disks()) {
                if (tables.activeLayers(id(), disk.target()).isEmpty()) {
                    Layer layer = new Layer(disk.target(), disk.image(), Optional.empty(), Layer.Origin.DEFINED);
                    put(new LayerRow(id(), layer, true));
                }
            }
        }

        private void undefine() {
            tables.snapshotsOf(id()).forEach(s -> tables.snapshots().remove(entry.position(), s.key()));
            tables.layersOf(id()).forEach(l -> tables.layers().remove(entry.position(), l.key()));
            tables.tagsOf(id()).forEach(t -> tables.tags().remove(entry.position(), t.key()));
            tables.pinsOf(id()).forEach(p -> tables.pins().remove(entry.position(), p.key()));
            tables.driftOf(id()).forEach(d -> tables.drift().remove(entry.position(), d.key()));
            tables.domains().remove(entry.position(), id());
        }

        private void seen(DomainEvent.DriftObserved e) {
            e.gone().forEach(d -> tables.drift().remove(entry.position(), DriftRow.key(id(), d)));
            e.appeared().forEach(d -> tables.drift().put(entry.position(), new DriftRow(id(), d, entry.at())));
        }

        private void seen(DomainEvent.TagsObserved e) {
            rows(e.gone()).forEach(t -> tables.tags().remove(entry.position(), t.key()));
            rows(e.appeared()).forEach(t -> {
                tables.tags().put(entry.position(), t);
                if (t.tag().memoryBytes() > 0) {
                    tables.snapshotsWithMemory(id(), t.tag().name(), t.file())
                            .forEach(s -> put(s.holding(t.tag().memoryBytes())));
                }
            });
        }

        private Stream<TagRow> rows(List<ImageTags> images) {
            return images.stream().flatMap(i -> i.tags().stream().map(t -> new TagRow(id(), i.target(), i.file(), t)));
        }

        /** What the plan takes for granted of the guest is what was known of it, or what the host has just told. */
        private void begin(DomainEvent.Opening e) {
            put(domain().with(e.plan().assumes().runState()).busyWith(e.operation()));
        }

        private void beginConsuming(DomainEvent.Opening e, List<SnapshotName> consumed) {
            begin(e);
            tables.snapshotsConsumedBy(id(), e.operation()).stream()
                    .filter(s -> !consumed.contains(s.snapshot().name()))
                    .forEach(s -> put(s.consumedBy(Optional.empty())));
            for (SnapshotName name : consumed) {
                if (snapshot(name).consumedBy().isEmpty()) {
                    put(snapshot(name).consumedBy(Optional.of(e.operation())));
                }
            }
        }

        private void create(DomainEvent.SnapshotCreated e) {
            change(e.layers());
            add(e.snapshot());
            put(domain().idle().withCurrent(Optional.of(e.snapshot().name())));
        }

        private void branch(DomainEvent.BranchCreated e) {
            change(e.layers());
            add(e.snapshot());
            DomainRow idle = domain().idle();
            put(
                    e.current()
                            ? idle.with(e.runState())
                                    .withCurrent(Optional.of(e.snapshot().name()))
                            : idle);
        }

        private void revert(DomainEvent.SnapshotReverted e) {
            change(e.layers());
            put(domain().idle().with(e.runState()).withCurrent(Optional.of(e.snapshot())));
            if (e.pin().isPresent()) {
                remove(e.gone());
            } else {
                removeWithTags(e.gone());
            }
            e.pin().ifPresent(p -> pin(e.operation(), p, e.gone()));
        }

        private void pin(OperationId operation, Pin pin, List<SnapshotName> snapshots) {
            tables.pins().add(entry.position(), PinRow.of(id(), operation, pin, snapshots));
        }

        private void unpin(List<OperationId> operations) {
            operations.forEach(o -> tables.pins().remove(entry.position(), new PinRow.Key(id(), o)));
        }

        private void restore(Restored restored) {
            for (Snapshot snapshot : restored.snapshots()) {
                add(snapshot, tables.actorOf(new SnapshotRow.Key(id(), snapshot.name())));
            }
            for (Restored.Moved moved : restored.moved()) {
                SnapshotRow child = snapshot(moved.snapshot());
                child.snapshot().parent().ifPresent(p -> put(snapshot(p).moreChildren(-1)));
                put(child.under(Optional.of(moved.parent())));
                put(snapshot(moved.parent()).moreChildren(1));
            }
            put(domain().withCurrent(restored.current()));
        }

        private void delete(LayerChange layers, List<SnapshotName> names) {
            change(layers);
            put(domain().idle());
            removeWithTags(names);
        }

        private void forget(DomainEvent.SnapshotsForgotten e) {
            remove(e.snapshots());
            for (HostPath file : e.released()) {
                put(tables.layers().get(new LayerRow.Key(id(), file)).released());
            }
        }

        private void redefine(DomainEvent.SnapshotRedefined e) {
            for (Layer layer : e.adopted().layers()) {
                LayerRow.Key key = new LayerRow.Key(id(), layer.file());
                tables.layers()
                        .find(key)
                        .ifPresentOrElse(
                                known -> layer.backing().ifPresent(b -> put(known.onto(b))),
                                () -> tables.layers().add(entry.position(), new LayerRow(id(), layer, false)));
            }
            e.adopted().active().forEach(this::activate);
            for (HostPath file : e.adopted().released()) {
                put(tables.layers().get(new LayerRow.Key(id(), file)).released());
            }
            Snapshot snapshot = e.snapshot();
            tables.snapshots()
                    .find(new SnapshotRow.Key(id(), snapshot.name()))
                    .ifPresentOrElse(known -> replace(known, snapshot), () -> add(snapshot));
            if (e.current()) {
                put(domain().withCurrent(Optional.of(snapshot.name())));
            }
        }

        private void replace(SnapshotRow known, Snapshot snapshot) {
            put(known.with(snapshot));
            Optional<SnapshotName> before = known.snapshot().parent();
            if (!before.equals(snapshot.parent())) {
                before.ifPresent(p -> put(snapshot(p).moreChildren(-1)));
                snapshot.parent().ifPresent(p -> put(snapshot(p).moreChildren(1)));
            }
        }

        private void current(Optional<SnapshotName> name, List<LayerChange.Active> active) {
            active.forEach(this::activate);
            if (name.isPresent()) {
                put(domain().withCurrent(name));
            }
        }

        private void describe(DomainEvent.SnapshotDescribed e) {
            SnapshotRow row = snapshot(e.snapshot());
            put(row.with(row.snapshot().withDescription(e.description())));
        }

        private static List<SnapshotName> withOthers(SnapshotName one, List<SnapshotName> others) {
            List<SnapshotName> all = new ArrayList<>(others);
            all.add(one);
            return all;
        }

        /** What went with a snapshot needs not be seen to be known. */
        private void removeWithTags(List<SnapshotName> names) {
            names.stream()
                    .flatMap(n -> snapshot(n).snapshot().internalDisks())
                    .flatMap(d -> tables.tagsNamed(id(), d).stream())
                    .forEach(t -> tables.tags().remove(entry.position(), t.key()));
            remove(names);
        }

        /** Children, and what is current, move up to the nearest snapshot that stays. */
        private void remove(List<SnapshotName> names) {
            Set<SnapshotName> gone = new HashSet<>(names);
            for (SnapshotName name : names) {
                Optional<SnapshotName> heir = heir(Optional.of(name), gone);
                List<SnapshotRow> children = tables.childrenOf(id(), name).stream()
                        .filter(c -> !gone.contains(c.snapshot().name()))
                        .toList();
                children.forEach(c -> put(c.under(heir)));
                heir.ifPresent(h -> put(snapshot(h).moreChildren(children.size())));
            }
            put(domain().withCurrent(heir(domain().current(), gone)));
            for (SnapshotName name : names) {
                snapshot(name)
                        .snapshot()
                        .parent()
                        .filter(p -> !gone.contains(p))
                        .ifPresent(p -> put(snapshot(p).moreChildren(-1)));
            }
            names.forEach(n -> tables.snapshots().remove(entry.position(), new SnapshotRow.Key(id(), n)));
        }

        private Optional<SnapshotName> heir(Optional<SnapshotName> from, Set<SnapshotName> gone) {
            Optional<SnapshotName> name = from;
            while (name.isPresent() && gone.contains(name.get())) {
                name = snapshot(name.get()).snapshot().parent();
            }
            return name;
        }

        private void rolledBack(OperationId operation) {
            put(domain().idle());
            tables.snapshotsConsumedBy(id(), operation).forEach(s -> put(s.consumedBy(Optional.empty())));
        }

        /** What a commit had begun to overwrite stays consumed, whatever later becomes of another operation. */
        private void cancelled(DomainEvent.OperationCancelled e) {
            if (e.consumed().isEmpty()) {
                rolledBack(e.operation());
            } else {
                put(domain().idle());
            }
        }

        /** What is left of a snapshot is not what is folded with it, so it is known first. */
        private void abandoned(DomainEvent.OperationAbandoned e) {
            e.left().forEach(s -> put(snapshot(s.name()).with(s)));
            change(e.layers());
            removeWithTags(e.gone());
            tables.snapshotsConsumedBy(id(), e.operation()).stream()
                    .filter(s -> !e.consumed().contains(s.snapshot().name()))
                    .forEach(s -> put(s.consumedBy(Optional.empty())));
            for (HostPath file : e.leftovers()) {
                tables.layers().find(new LayerRow.Key(id(), file)).ifPresent(known -> put(known.released()));
            }
            put(domain().idle().withCurrent(e.current()));
        }

        private void add(Snapshot snapshot) {
            add(snapshot, entry.origin().actor().or(entry.origin()::source).map(Stored::text));
        }

        private void add(Snapshot snapshot, Optional<String> actor) {
            tables.snapshots().add(entry.position(), new SnapshotRow(id(), snapshot, actor, inside(snapshot)));
            snapshot.parent().ifPresent(parent -> put(snapshot(parent).moreChildren(1)));
        }

        private Optional<Long> inside(Snapshot snapshot) {
            return snapshot.memory() instanceof MemoryCapture.Internal memory
                    ? snapshot.internalDisks()
                            .filter(d -> d.file().equals(memory.file()))
                            .flatMap(d -> tables.tagsNamed(id(), d).stream())
                            .map(t -> t.tag().memoryBytes())
                            .filter(bytes -> bytes > 0)
                            .findFirst()
                    : Optional.empty();
        }

        private SnapshotRow snapshot(SnapshotName name) {
            return tables.snapshots().get(new SnapshotRow.Key(id(), name));
        }

        private void change(LayerChange layers) {
            layers.made().forEach(l -> tables.layers().add(entry.position(), new LayerRow(id(), l, false)));
            layers.streamed().forEach(this::stream);
            layers.folded().forEach(this::fold);
            layers.dropped().forEach(f -> tables.layers().remove(entry.position(), new LayerRow.Key(id(), f)));
            layers.released().forEach(this::release);
            layers.active().forEach(this::activate);
            unpin(layers.unpinned());
        }

        private void stream(LayerChange.Stream stream) {
            Optional<HostPath> beneath = tables.layers()
                    .get(new LayerRow.Key(id(), stream.base()))
                    .layer()
                    .backing();
            put(tables.layers().get(new LayerRow.Key(id(), stream.top())).onto(beneath));
        }

        private void release(HostPath file) {
            put(tables.layers().get(new LayerRow.Key(id(), file)).released());
        }

        private void fold(LayerChange.Fold fold) {
            boolean active = tables.layers()
                    .find(new LayerRow.Key(id(), fold.top()))
                    .map(LayerRow::active)
                    .orElse(false);
            tables.layersOn(id(), fold.top()).forEach(l -> put(l.onto(fold.base())));
            tables.snapshotsReferringTo(id(), fold.top()).forEach(s -> put(s.folded(fold.top(), fold.base())));
            tables.layers().remove(entry.position(), new LayerRow.Key(id(), fold.top()));
            if (active) {
                activate(new LayerChange.Active(fold.target(), fold.base()));
            }
        }

        private void activate(LayerChange.Active active) {
            LayerRow.Key key = new LayerRow.Key(id(), active.file());
            tables.activeLayers(id(), active.target()).stream()
                    .filter(l -> !l.key().equals(key))
                    .forEach(l -> put(l.active(false)));
            put(tables.layers().get(key).active(true));
        }
    }
}
