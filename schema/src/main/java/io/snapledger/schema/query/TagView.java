package io.snapledger.schema.query;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Optional;

/**
 * A state inside an image of a disk, as the domain's host saw it last.
 *
 * @param id QEMU's number of it in {@code file}; another image of the disk may have the same number
 * @param vmStateBytes the size of the guest's memory that was saved with it; 0 for none
 * @param vmClockNanos for how long the guest had run
 * @param snapshot the snapshot of the ledger that has its state there
 * @param keptFor the operation that it is kept for, so that this can be taken back
 * @param foreign whether the ledger does not know it: no snapshot has it, and it is kept for nothing
 */
public record TagView(
        DomainId domain,
        DiskTarget target,
        HostPath file,
        String id,
        String tag,
        long vmStateBytes,
        Instant createdAt,
        long vmClockNanos,
        Optional<SnapshotName> snapshot,
        Optional<OperationId> keptFor,
        boolean foreign) {}
