package io.snapledger.command.decide;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Commands as a test says them. */
public final class Wishes {
    private Wishes() {}

    public static SnapshotName named(String name) {
        return new SnapshotName(name);
    }

    public static CreateSnapshot diskOnly(String name) {
        return create(Optional.of(name), Optional.empty(), true, List.of());
    }

    public static CreateSnapshot withMemory(String name, DiskRequest... disks) {
        return create(Optional.of(name), Optional.of(CaptureMode.EXTERNAL), false, List.of(disks));
    }

    public static CreateSnapshot withoutMemory(String name, DiskRequest... disks) {
        return create(Optional.of(name), Optional.of(CaptureMode.NONE), false, List.of(disks));
    }

    /** A flag of {@link CreateSnapshot}. */
    public enum Flag {
        LIVE,
        QUIESCE,
        HALT,
        ATOMIC,
        REUSE_EXTERNAL,
        NO_METADATA
    }

    public static CreateSnapshot flagged(CreateSnapshot plain, Flag... given) {
        Set<Flag> flags = Set.of(given);
        return new CreateSnapshot(
                plain.name(),
                plain.description(),
                plain.memory(),
                plain.disks(),
                plain.diskOnly(),
                flags.contains(Flag.LIVE),
                flags.contains(Flag.QUIESCE),
                flags.contains(Flag.HALT),
                flags.contains(Flag.ATOMIC),
                flags.contains(Flag.REUSE_EXTERNAL),
                flags.contains(Flag.NO_METADATA),
                plain.expectedCurrent(),
                Optional.empty());
    }

    public static CreateSnapshot compressed(String name, Optional<CaptureMode> memory, Compression compression) {
        CreateSnapshot plain = create(Optional.of(name), Optional.empty(), false, List.of());
        return new CreateSnapshot(
                plain.name(),
                plain.description(),
                Optional.of(new MemoryRequest(memory, Optional.empty(), Optional.empty(), Optional.of(compression))),
                plain.disks(),
                false,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    public static CreateSnapshot memoryInDisk(String name, String disk, DiskRequest... disks) {
        return new CreateSnapshot(
                Optional.of(named(name)),
                Optional.empty(),
                Optional.of(new MemoryRequest(
                        Optional.of(CaptureMode.INTERNAL),
                        Optional.empty(),
                        Optional.of(new DiskTarget(disk)),
                        Optional.empty())),
                List.of(disks),
                false,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    public static CreateSnapshot create(
            Optional<String> name, Optional<CaptureMode> memory, boolean diskOnly, List<DiskRequest> disks) {
        return new CreateSnapshot(
                name.map(SnapshotName::new),
                Optional.empty(),
                memory.map(
                        m -> new MemoryRequest(Optional.of(m), Optional.empty(), Optional.empty(), Optional.empty())),
                disks,
                diskOnly,
                false,
                false,
                false,
                true,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    public static DiskRequest disk(String target, CaptureMode mode) {
        return new DiskRequest(new DiskTarget(target), Optional.of(mode), Optional.empty(), Optional.empty());
    }

    public static DiskRequest file(String target, String file) {
        return new DiskRequest(
                new DiskTarget(target), Optional.empty(), Optional.of(new HostPath(file)), Optional.empty());
    }

    public static DiskRequest format(String target, ImageFormat format) {
        return new DiskRequest(
                new DiskTarget(target), Optional.of(CaptureMode.EXTERNAL), Optional.empty(), Optional.of(format));
    }

    public static Branch branch(String from, String name, DiskRequest... disks) {
        return branch(from, name, false, disks);
    }

    public static Branch branch(String from, String name, boolean current, DiskRequest... disks) {
        return new Branch(
                Optional.of(named(from)),
                Optional.of(named(name)),
                Optional.empty(),
                List.of(disks),
                current,
                false,
                Optional.empty());
    }

    public static Revert revert(String name) {
        return new Revert(named(name), Optional.empty(), Optional.empty(), false, false, false);
    }

    public static Revert revert(String name, Revert.Start start) {
        return new Revert(named(name), Optional.of(start), Optional.empty(), false, false, false);
    }

    public static Delete delete(String name) {
        return new Delete(named(name), Optional.empty(), false, false);
    }

    public static Merge merge(String name) {
        return new Merge(named(name), false);
    }
}
