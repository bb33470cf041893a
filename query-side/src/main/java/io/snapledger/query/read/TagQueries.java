package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.PIN;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;
import static io.snapledger.query.jooq.slot.Tables.TAG;

import io.snapledger.query.view.PinRow;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.query.view.TagRow;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.TagView;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/** Questions about what is inside the images of disks, the ledger's own and what others put there. */
public final class TagQueries {
    private static final String LIST = "tags";
    private static final Comparator<TagRow> OLDEST_FIRST = Comparator.comparing(
                    (TagRow r) -> r.tag().at())
            .thenComparing(TagRow::file)
            .thenComparing(r -> r.tag().id())
            .thenComparing(r -> r.tag().name());

    private final Views views;

    public TagQueries(Views views) {
        this.views = views;
    }

    /**
     * The tags inside the layers of a disk, oldest first. Later pages show the same moment as the first.
     *
     * @throws NotFoundException when there is no such domain, or it has no such disk
     */
    public Page<TagView> list(String domain, DiskTarget disk, int limit, Optional<String> cursor, AsOf asOf) {
        Optional<Cursor> begin = cursor.map(c -> Cursor.parse(LIST, c));
        AsOf at = begin.<AsOf>map(c -> new AsOf.AtPosition(c.position())).orElse(asOf);
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
                    DomainQueries.Found found = DomainQueries.find(in, applied, domain, at);
                    requireDisk(found, disk);
                    List<TagRow> rows = rows(in, found, disk);
                    long skipped = Math.max(0, begin.map(Cursor::keyAsPosition).orElse(0L));
                    Map<State, SnapshotName> owners = owners(in, found);
                    Map<State, OperationId> kept = kept(in, found);
                    List<TagView> shown = rows.stream()
                            .skip(skipped)
                            .limit(limit)
                            .map(r -> view(r, owners, kept))
                            .toList();
                    Optional<String> next = rows.size() - limit > skipped
                            ? Optional.of(
                                    new Cursor(LIST, found.validity().shown(), Long.toString(skipped + limit)).text())
                            : Optional.<String>empty();
                    return new Page<>(shown, next, applied);
                })
                .value();
    }

    private static void requireDisk(DomainQueries.Found found, DiskTarget disk) {
        var definition = found.domain().definition();
        if (definition.disk(disk).isEmpty()) {
            throw new NotFoundException("domain \"" + definition.name() + "\" has no disk \"" + disk + "\"; it has "
                    + definition.disks().stream().map(d -> d.target().value()).collect(Collectors.joining(", ")));
        }
    }

    /** An image that lies on a disk's image, and that the ledger does not know, is none of the disk's. */
    private static List<TagRow> rows(DSLContext in, DomainQueries.Found found, DiskTarget disk) {
        Validity validity = found.validity();
        return in
                .selectFrom(TAG)
                .where(TAG.DOMAIN.eq(found.domain().id().value()))
                .and(TAG.TARGET.eq(disk.value()))
                .and(validity.holds(TAG.FROM_POSITION, TAG.TO_POSITION))
                .and(TAG.PATH.in(in.select(LAYER.PATH)
                        .from(LAYER)
                        .where(LAYER.DOMAIN.eq(found.domain().id().value()))
                        .and(validity.holds(LAYER.FROM_POSITION, LAYER.TO_POSITION))))
                .fetch(SnapshotTables::tag)
                .stream()
                .sorted(OLDEST_FIRST)
                .toList();
    }

    private record State(HostPath file, String tag) {}

    /** The snapshots whose state is inside an image. */
    private static Map<State, SnapshotName> owners(DSLContext in, DomainQueries.Found found) {
        Map<State, SnapshotName> owners = new HashMap<>();
        in.selectFrom(SNAPSHOT)
                .where(SNAPSHOT.DOMAIN.eq(found.domain().id().value()))
                .and(found.validity().holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION))
                .and(SNAPSHOT.LOCATION.in(Location.INTERNAL.name(), Location.MIXED.name()))
                .forEach(r -> {
                    Snapshot snapshot = SnapshotTables.snapshot(r).snapshot();
                    snapshot.internalDisks().forEach(d -> owners.put(new State(d.file(), d.tag()), snapshot.name()));
                });
        return owners;
    }

    /** What operations that can be taken back need. */
    private static Map<State, OperationId> kept(DSLContext in, DomainQueries.Found found) {
        Map<State, OperationId> kept = new HashMap<>();
        in.selectFrom(PIN)
                .where(PIN.DOMAIN.eq(found.domain().id().value()))
                .and(found.validity().holds(PIN.FROM_POSITION, PIN.TO_POSITION))
                .forEach(r -> {
                    PinRow pin = SnapshotTables.pin(r);
                    pin.tags()
                            .forEach(t -> kept.put(
                                    new State(t.image().file(), t.name()),
                                    pin.view().operation()));
                });
        return kept;
    }

    private static TagView view(TagRow row, Map<State, SnapshotName> owners, Map<State, OperationId> kept) {
        State state = new State(row.file(), row.tag().name());
        Optional<SnapshotName> snapshot = Optional.ofNullable(owners.get(state));
        Optional<OperationId> keptFor = Optional.ofNullable(kept.get(state));
        return new TagView(
                row.domain(),
                row.target(),
                row.file(),
                row.tag().id(),
                row.tag().name(),
                row.tag().memoryBytes(),
                row.tag().at(),
                row.tag().clockNanos(),
                snapshot,
                keptFor,
                snapshot.isEmpty() && keptFor.isEmpty());
    }
}
