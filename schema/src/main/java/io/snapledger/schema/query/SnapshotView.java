package io.snapledger.schema.query;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot in its place in the tree.
 *
 * @param current whether a new snapshot would become its child
 * @param children how many snapshots have it as their parent
 * @param descendants how many snapshots lie below it, its children included
 * @param metadata whether the ledger keeps its description
 * @param consumed whether a commit began to write into its state, so that it can only be merged or deleted
 * @param domainName what the domain is called
 * @param host where the domain is
 * @param actor who had it created or made it known; the sender of the command where it names nobody
 * @param depth 0 for a root
 * @param size the bytes of the saved memory, which is all that is known of sizes; absent where there is none
 */
public record SnapshotView(
        DomainId domain,
        SnapshotName name,
        Optional<String> description,
        Optional<SnapshotName> parent,
        Instant createdAt,
        SnapshotState state,
        Location location,
        Memory memory,
        List<Disk> disks,
        boolean current,
        long children,
        long descendants,
        boolean metadata,
        boolean consumed,
        DomainName domainName,
        HostName host,
        Optional<String> actor,
        int depth,
        Optional<Long> size) {
    public SnapshotView {
        disks = List.copyOf(disks);
    }

    /** How the memory is held, and in which file. */
    public record Memory(CaptureMode snapshot, Optional<HostPath> file) {}

    /**
     * How one disk is held.
     *
     * @param file the overlay made on top of the state when external, the layer that holds the tag when internal
     * @param base the layer that is the state, when external
     */
    public record Disk(
            DiskTarget target,
            CaptureMode snapshot,
            Optional<HostPath> file,
            Optional<ImageFormat> format,
            Optional<HostPath> base) {}
}
