package io.snapledger.query.view;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;

/**
 * A snapshot as it was for a part of the log.
 *
 * @param children how many snapshots have it as their parent
 * @param consumedBy the operation that takes its state away, from the moment that it was decided
 * @param actor who had it created, or made it known; the sender where none is named
 * @param inside the bytes of the memory that the host saw inside an image
 */
public record SnapshotRow(
        DomainId domain,
        Snapshot snapshot,
        int children,
        Optional<OperationId> consumedBy,
        Optional<String> actor,
        Optional<Long> inside) {
    SnapshotRow(DomainId domain, Snapshot snapshot, Optional<String> actor, Optional<Long> inside) {
        this(domain, snapshot, 0, Optional.empty(), actor, inside);
    }

    SnapshotRow with(Snapshot other) {
        return new SnapshotRow(domain, other, children, consumedBy, actor, inside);
    }

    /** With a memory of so many bytes inside an image. */
    SnapshotRow holding(long bytes) {
        return new SnapshotRow(domain, snapshot, children, consumedBy, actor, Optional.of(bytes));
    }

    /** What is known of its size: the bytes of its memory. */
    public Optional<Long> size() {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _ -> Optional.empty();
            case MemoryCapture.Internal _ -> inside;
            case MemoryCapture.External m -> m.saved().map(SavedMemory::bytes);
        };
    }

    boolean hasInside(String tag, HostPath file) {
        return snapshot.memory() instanceof MemoryCapture.Internal m
                && m.tag().equals(tag)
                && m.file().equals(file);
    }

    SnapshotRow under(Optional<SnapshotName> parent) {
        return with(snapshot.withParent(parent));
    }

    SnapshotRow moreChildren(int more) {
        return new SnapshotRow(domain, snapshot, children + more, consumedBy, actor, inside);
    }

    SnapshotRow consumedBy(Optional<OperationId> operation) {
        return new SnapshotRow(domain, snapshot, children, operation, actor, inside);
    }

    boolean refersTo(HostPath file) {
        return snapshot.disks().stream().anyMatch(d -> switch (d) {
            case DiskCapture.None _ -> false;
            case DiskCapture.Internal i -> i.file().equals(file);
            case DiskCapture.External e -> e.base().equals(file) || e.file().equals(file);
        });
    }

    /** The content of {@code top} is in {@code base} now. */
    SnapshotRow folded(HostPath top, HostPath base) {
        return with(snapshot.withDisks(
                snapshot.disks().stream().map(d -> folded(d, top, base)).toList()));
    }

    private static DiskCapture folded(DiskCapture disk, HostPath top, HostPath base) {
        return switch (disk) {
            case DiskCapture.None none -> none;
            case DiskCapture.Internal i -> new DiskCapture.Internal(i.target(), moved(i.file(), top, base), i.tag());
            case DiskCapture.External e ->
                new DiskCapture.External(
                        e.target(), moved(e.base(), top, base), moved(e.file(), top, base), e.format());
        };
    }

    private static HostPath moved(HostPath file, HostPath top, HostPath base) {
        return file.equals(top) ? base : file;
    }

    Key key() {
        return new Key(domain, snapshot.name());
    }

    record Key(DomainId domain, SnapshotName name) {}
}
