package io.snapledger.query.read;

import io.snapledger.query.view.DomainRow;
import io.snapledger.query.view.SnapshotRow;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import java.util.Optional;

/** Rows of snapshots as they are shown. */
final class SnapshotViews {
    private SnapshotViews() {}

    static SnapshotView of(SnapshotRow row, DomainRow domain, int depth, int descendants) {
        Snapshot s = row.snapshot();
        return new SnapshotView(
                row.domain(),
                s.name(),
                s.description(),
                s.parent(),
                s.createdAt(),
                s.state(),
                Location.of(s.memory(), s.disks()),
                memory(s.memory()),
                s.disks().stream().map(SnapshotViews::disk).toList(),
                domain.current().equals(Optional.of(s.name())),
                row.children(),
                descendants,
                true,
                row.consumedBy().isPresent(),
                domain.definition().name(),
                domain.definition().host(),
                row.actor(),
                depth,
                row.size());
    }

    private static SnapshotView.Memory memory(MemoryCapture memory) {
        return switch (memory) {
            case MemoryCapture.None _ -> new SnapshotView.Memory(CaptureMode.NONE, Optional.empty());
            case MemoryCapture.Internal m -> new SnapshotView.Memory(CaptureMode.INTERNAL, Optional.of(m.file()));
            case MemoryCapture.External m -> new SnapshotView.Memory(CaptureMode.EXTERNAL, Optional.of(m.file()));
        };
    }

    private static SnapshotView.Disk disk(DiskCapture disk) {
        return switch (disk) {
            case DiskCapture.None d ->
                new SnapshotView.Disk(
                        d.target(), CaptureMode.NONE, Optional.empty(), Optional.empty(), Optional.empty());
            case DiskCapture.Internal d ->
                new SnapshotView.Disk(
                        d.target(), CaptureMode.INTERNAL, Optional.of(d.file()), Optional.empty(), Optional.empty());
            case DiskCapture.External d ->
                new SnapshotView.Disk(
                        d.target(),
                        CaptureMode.EXTERNAL,
                        Optional.of(d.file()),
                        Optional.of(d.format()),
                        Optional.of(d.base()));
        };
    }
}
