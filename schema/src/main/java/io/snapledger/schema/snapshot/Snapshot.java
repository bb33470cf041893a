package io.snapledger.schema.snapshot;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A captured moment of a domain, with the domain's definition of that moment.
 *
 * @param extras there when the snapshot was redefined from libvirt's document
 */
public record Snapshot(
        SnapshotName name,
        Optional<String> description,
        Optional<SnapshotName> parent,
        Instant createdAt,
        SnapshotState state,
        MemoryCapture memory,
        List<DiskCapture> disks,
        DomainDefinition definition,
        Optional<SnapshotExtras> extras) {
    public Snapshot {
        disks = List.copyOf(disks);
    }

    /** A snapshot of our own making. */
    public Snapshot(
            SnapshotName name,
            Optional<String> description,
            Optional<SnapshotName> parent,
            Instant createdAt,
            SnapshotState state,
            MemoryCapture memory,
            List<DiskCapture> disks,
            DomainDefinition definition) {
        this(name, description, parent, createdAt, state, memory, disks, definition, Optional.empty());
    }

    /** The disks that this snapshot holds outside, in the order of the definition. */
    public Stream<DiskCapture.External> externalDisks() {
        return disks.stream().filter(DiskCapture.External.class::isInstance).map(DiskCapture.External.class::cast);
    }

    /** The disks that this snapshot holds by a tag, in the order of the definition. */
    public Stream<DiskCapture.Internal> internalDisks() {
        return disks.stream().filter(DiskCapture.Internal.class::isInstance).map(DiskCapture.Internal.class::cast);
    }

    public Optional<DiskCapture> disk(DiskTarget target) {
        return disks.stream().filter(d -> d.target().equals(target)).findFirst();
    }

    public Snapshot withParent(Optional<SnapshotName> other) {
        return new Snapshot(name, description, other, createdAt, state, memory, disks, definition, extras);
    }

    public Snapshot withMemory(MemoryCapture other) {
        return new Snapshot(name, description, parent, createdAt, state, other, disks, definition, extras);
    }

    /** The same when the file of its memory is the user's. */
    public Snapshot withMemoryAdopted() {
        return withMemory(memory.asAdopted());
    }

    public Snapshot withDisks(List<DiskCapture> others) {
        return new Snapshot(name, description, parent, createdAt, state, memory, others, definition, extras);
    }

    public Snapshot withDescription(Optional<String> other) {
        return new Snapshot(name, other, parent, createdAt, state, memory, disks, definition, extras);
    }
}
