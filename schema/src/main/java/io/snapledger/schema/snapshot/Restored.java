package io.snapledger.schema.snapshot;

import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * The tree as it is again when an operation is taken back.
 *
 * @param snapshots that are there again, each after its parent
 * @param moved children that are back under the parent they had
 * @param current which snapshot is current now
 */
public record Restored(List<Snapshot> snapshots, List<Moved> moved, Optional<SnapshotName> current) {
    public Restored {
        snapshots = List.copyOf(snapshots);
        moved = List.copyOf(moved);
    }

    /** A snapshot under another parent. */
    public record Moved(SnapshotName snapshot, SnapshotName parent) {}
}
