package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.LAYER;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.query.view.LayerRow;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.query.LayersView;
import io.snapledger.schema.query.LayersView.LayerFile;
import io.snapledger.schema.query.LayersView.MemoryFile;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.DSLContext;

/** Questions about the files of a domain, now or as of then. */
public final class LayerQueries {
    private final Views views;

    public LayerQueries(Views views) {
        this.views = views;
    }

    /** @throws NotFoundException when there is no such domain */
    public Shown<LayersView> all(String domain, AsOf asOf) {
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
            DomainQueries.Found found = DomainQueries.find(in, applied, domain, asOf);
            List<SnapshotRow> snapshots = in.selectFrom(SNAPSHOT)
                    .where(SNAPSHOT.DOMAIN.eq(found.domain().id().value()))
                    .and(found.validity().holds(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION))
                    .orderBy(SNAPSHOT.NAME)
                    .fetch(SnapshotTables::snapshot);
            return new LayersView(
                    found.domain().id(),
                    found.domain().definition().name(),
                    layers(in, found, snapshots),
                    snapshots.stream().flatMap(LayerQueries::memory).toList());
        });
    }

    static List<LayerFile> layers(DSLContext in, DomainQueries.Found found, List<SnapshotRow> snapshots) {
        Map<HostPath, List<SnapshotName>> owners = new HashMap<>();
        for (SnapshotRow row : snapshots) {
            states(row)
                    .distinct()
                    .forEach(file -> owners.computeIfAbsent(file, _ -> new ArrayList<>())
                            .add(row.snapshot().name()));
        }
        return in
                .selectFrom(LAYER)
                .where(LAYER.DOMAIN.eq(found.domain().id().value()))
                .and(found.validity().holds(LAYER.FROM_POSITION, LAYER.TO_POSITION))
                .fetch(SnapshotTables::layer)
                .stream()
                .map(l -> file(l, owners.getOrDefault(l.layer().file(), List.of())))
                .sorted(Comparator.comparing((LayerFile f) -> f.target().value())
                        .thenComparing(f -> f.path().value()))
                .toList();
    }

    /** The files that hold what the disks were. */
    private static Stream<HostPath> states(SnapshotRow row) {
        return row.snapshot().disks().stream().flatMap(d -> switch (d) {
            case DiskCapture.None _ -> Stream.empty();
            case DiskCapture.Internal i -> Stream.of(i.file());
            case DiskCapture.External e -> Stream.of(e.base());
        });
    }

    private static LayerFile file(LayerRow row, List<SnapshotName> snapshots) {
        return new LayerFile(
                row.layer().file(),
                row.layer().target(),
                row.layer().image().format(),
                row.layer().backing(),
                row.layer().origin(),
                row.active(),
                snapshots);
    }

    private static Stream<MemoryFile> memory(SnapshotRow row) {
        Optional<Long> size = row.size();
        SnapshotName name = row.snapshot().name();
        return switch (row.snapshot().memory()) {
            case MemoryCapture.None _ -> Stream.empty();
            case MemoryCapture.Internal m -> Stream.of(new MemoryFile(m.file(), name, CaptureMode.INTERNAL, size));
            case MemoryCapture.External m -> Stream.of(new MemoryFile(m.file(), name, CaptureMode.EXTERNAL, size));
        };
    }
}
