package io.snapledger.schema.query;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;

/**
 * An operation that can be taken back, and what is kept for that.
 *
 * @param until from then on it cannot, and what it keeps goes
 * @param snapshots that it took out of the tree and that would come back
 * @param files layers and memories that are kept
 */
public record PinView(OperationId operation, Instant until, List<SnapshotName> snapshots, List<HostPath> files) {
    public PinView {
        snapshots = List.copyOf(snapshots);
        files = List.copyOf(files);
    }
}
