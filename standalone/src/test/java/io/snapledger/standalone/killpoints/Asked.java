package io.snapledger.standalone.killpoints;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
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

/** Commands as the kinds of plans say them. */
final class Asked {
    private Asked() {}

    static SnapshotName named(String name) {
        return new SnapshotName(name);
    }

    /** The disks in order, and no memory. */
    static CreateSnapshot disks(String name, CaptureMode... modes) {
        return create(name, Optional.of(CaptureMode.NONE), Optional.empty(), false, modes);
    }

    static CreateSnapshot memory(String name, CaptureMode memory, CaptureMode... modes) {
        return create(name, Optional.of(memory), Optional.empty(), false, modes);
    }

    static CreateSnapshot live(String name, CaptureMode... modes) {
        return create(name, Optional.of(CaptureMode.EXTERNAL), Optional.empty(), true, modes);
    }

    static CreateSnapshot packed(String name, Compression compression, CaptureMode... modes) {
        return create(name, Optional.of(CaptureMode.EXTERNAL), Optional.of(compression), false, modes);
    }

    private static CreateSnapshot create(
            String name,
            Optional<CaptureMode> memory,
            Optional<Compression> compression,
            boolean live,
            CaptureMode... modes) {
        List<DiskRequest> disks = new java.util.ArrayList<>();
        for (int i = 0; i < modes.length; i++) {
            disks.add(new DiskRequest(
                    new DiskTarget("vd" + (char) ('a' + i)),
                    Optional.of(modes[i]),
                    Optional.empty(),
                    Optional.empty()));
        }
        return new CreateSnapshot(
                Optional.of(named(name)),
                Optional.empty(),
                memory.map(m -> new MemoryRequest(Optional.of(m), Optional.empty(), Optional.empty(), compression)),
                disks,
                false,
                live,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    static CreateSnapshot halting(CreateSnapshot plain) {
        return flagged(plain, false, true);
    }

    static CreateSnapshot quiescing(CreateSnapshot plain) {
        return flagged(plain, true, false);
    }

    private static CreateSnapshot flagged(CreateSnapshot plain, boolean quiesce, boolean halt) {
        return new CreateSnapshot(
                plain.name(),
                plain.description(),
                plain.memory(),
                plain.disks(),
                plain.diskOnly() || quiesce,
                plain.live(),
                quiesce,
                halt,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    static Revert revert(String name, Revert.Start start) {
        return revert(name, start, Revert.OnInvalidated.OVERLAY);
    }

    static Revert revert(String name, Revert.Start start, Revert.OnInvalidated others) {
        return new Revert(named(name), Optional.of(start), Optional.of(others), false, false, true);
    }

    static Delete delete(String name) {
        return new Delete(named(name), Optional.empty(), false, false);
    }

    static Delete delete(String name, Delete.Scope scope) {
        return new Delete(named(name), Optional.of(scope), false, false);
    }

    static Merge merge(String name) {
        return new Merge(named(name), false);
    }

    /** Gives up what undo times keep. */
    static Merge mergeAnyway(String name) {
        return new Merge(named(name), true);
    }

    static Deactivate discard(String name) {
        return new Deactivate(named(name), Optional.of(Deactivate.Mode.DISCARD), true);
    }

    static Branch branch(String from, String name, boolean current) {
        return new Branch(
                Optional.of(named(from)),
                Optional.of(named(name)),
                Optional.empty(),
                List.of(),
                current,
                false,
                Optional.empty());
    }
}
