package io.snapledger.standalone.chaos;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.Pins;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.DescribeSnapshot;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Draws commands of every kind, most of which the state allows. */
public final class Drawing {
    /** A file in the storage root that no command may touch. */
    public static final String OF_THE_USER = "of-the-user.img";

    private final RandomGenerator random;
    private final List<Disk> disks;
    private final Function<String, HostPath> files;
    private final String mark;
    private int names;

    /** @param files the path of a name in the storage root */
    public Drawing(RandomGenerator random, List<Disk> disks, Function<String, HostPath> files) {
        this(random, disks, files, "");
    }

    /** @param mark what is in the names that this one gives and no other's */
    public Drawing(RandomGenerator random, List<Disk> disks, Function<String, HostPath> files, String mark) {
        this.random = random;
        this.disks = disks;
        this.files = files;
        this.mark = mark;
    }

    public DomainCommand command(DomainState state) {
        List<SnapshotName> living =
                state.snapshots().all().stream().map(Snapshot::name).sorted().toList();
        List<Pins.Kept> kept = state.pins().all();
        if (!kept.isEmpty() && in(5)) {
            return new UndoOperation((in(4) ? one(kept) : kept.getFirst()).operation());
        }
        if (living.isEmpty() || (living.size() < 2 && !in(4))) {
            return create(state);
        }
        SnapshotName name = one(living);
        int kind = living.size() > 7 ? 9 + random.nextInt(15) : random.nextInt(24);
        return switch (kind) {
            case 0, 1, 2, 3, 4, 5, 6 -> create(state);
            case 7, 8 -> branch(name);
            case 9, 10, 11, 12, 13 -> revert(name);
            case 14, 15, 16 -> new Delete(name, in(2) ? Optional.empty() : any(Delete.Scope.values()), false, in(3));
            case 17, 18, 19 -> new Merge(name, in(3));
            case 20, 21 -> {
                Optional<Deactivate.Mode> mode = in(4) ? Optional.empty() : any(Deactivate.Mode.values());
                yield new Deactivate(name, mode, mode.isPresent() && in(3));
            }
            case 22 -> in(2) ? new SetCurrent(name) : new DescribeSnapshot(name, "described " + names++);
            default -> in(3) ? new Delete(name, any(Delete.Scope.values()), true, false) : revert(name);
        };
    }

    private CreateSnapshot create(DomainState state) {
        String name = "s" + mark + names++;
        boolean diskOnly = in(5);
        boolean off = state.runState().filter(RunState.SHUTOFF::equals).isPresent();
        boolean unasked = (diskOnly && !in(6)) || (off && !in(8)) || in(3);
        Optional<CaptureMode> memory = unasked ? Optional.empty() : any(CaptureMode.values());
        List<DiskRequest> asked = new ArrayList<>();
        Optional<CaptureMode> all = in(2) ? any(CaptureMode.values()) : Optional.empty();
        for (Disk disk : disks) {
            if (in(3) || disk.readOnly()) {
                continue;
            }
            Optional<CaptureMode> mode = all.isPresent() && !in(4) ? all : any(CaptureMode.values());
            if (mode.equals(Optional.of(CaptureMode.INTERNAL)) && disk.format() == ImageFormat.RAW && !in(6)) {
                mode = in(2) ? Optional.of(CaptureMode.EXTERNAL) : Optional.empty();
            }
            Optional<HostPath> file = mode.equals(Optional.of(CaptureMode.EXTERNAL)) && in(4)
                    ? Optional.of(file(name + "-" + disk.target() + ".img"))
                    : Optional.empty();
            Optional<ImageFormat> format =
                    file.isPresent() && in(2) ? Optional.of(ImageFormat.QCOW2) : Optional.empty();
            asked.add(new DiskRequest(DiskRef.of(disk.target()), mode, file, format));
        }
        boolean packed = memory.equals(Optional.of(CaptureMode.EXTERNAL)) && in(3);
        Optional<MemoryRequest> request = memory.map(m -> new MemoryRequest(
                Optional.of(m),
                m == CaptureMode.EXTERNAL && in(4) ? Optional.of(file(name + ".saved")) : Optional.empty(),
                m == CaptureMode.INTERNAL && in(4) ? Optional.of(one(disks).target()) : Optional.empty(),
                packed ? any(Compression.values()) : Optional.empty()));
        return new CreateSnapshot(
                Optional.of(new SnapshotName(name)),
                Optional.empty(),
                request,
                asked,
                diskOnly,
                memory.equals(Optional.of(CaptureMode.EXTERNAL)) && in(4),
                false,
                in(10),
                in(4),
                false,
                in(25),
                in(12) ? state.snapshots().current() : Optional.empty(),
                Optional.empty());
    }

    /** Now and then one that is there already. */
    private HostPath file(String name) {
        return files.apply(in(5) ? OF_THE_USER : name);
    }

    private Branch branch(SnapshotName from) {
        return new Branch(
                Optional.of(from),
                Optional.of(new SnapshotName("b" + mark + names++)),
                Optional.empty(),
                List.of(),
                in(2),
                false,
                Optional.empty());
    }

    private Revert revert(SnapshotName name) {
        boolean subsequent = in(4);
        Optional<Revert.OnInvalidated> way =
                (subsequent && !in(8)) || in(3) ? Optional.empty() : any(Revert.OnInvalidated.values());
        return new Revert(name, in(3) ? Optional.empty() : any(Revert.Start.values()), way, subsequent, false, in(3));
    }

    private boolean in(int times) {
        return random.nextInt(times) == 0;
    }

    private <T> Optional<T> any(T[] values) {
        return Optional.of(values[random.nextInt(values.length)]);
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
