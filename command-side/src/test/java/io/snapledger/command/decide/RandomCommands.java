package io.snapledger.command.decide;

import static io.snapledger.command.decide.Wishes.named;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.Pins;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a user might ask for next; the same for the same seed and the same domain. */
final class RandomCommands {
    private static final List<Revert.Start> STARTS = List.of(Revert.Start.values());

    private final Random random;
    private int names;

    RandomCommands(Random random) {
        this.random = random;
    }

    private Optional<DomainCommand> undo(DomainState state) {
        List<Pins.Kept> kept = state.pins().all();
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        Pins.Kept one = random.nextInt(4) == 0 ? kept.get(random.nextInt(kept.size())) : kept.getFirst();
        return Optional.of(new UndoOperation(one.operation()));
    }

    DomainCommand next(DomainState state) {
        List<SnapshotName> living =
                state.snapshots().all().stream().map(Snapshot::name).sorted().toList();
        Optional<DomainCommand> undo = random.nextInt(6) == 0 ? undo(state) : Optional.empty();
        if (undo.isPresent()) {
            return undo.get();
        }
        if (living.isEmpty()) {
            return create();
        }
        String one = living.get(random.nextInt(living.size())).value();
        int kind = living.size() > 12 ? 6 + random.nextInt(13) : random.nextInt(19);
        return switch (kind) {
            case 0, 1, 2, 3, 4 -> create();
            case 5 -> Wishes.branch(one, "b" + names++, random.nextBoolean());
            case 6, 7 -> Wishes.revert(one, STARTS.get(random.nextInt(STARTS.size())));
            case 8, 9 -> revert(one);
            case 10, 11, 12 -> Wishes.delete(one);
            case 13 -> new Delete(named(one), Optional.of(any(Delete.Scope.values())), false, random.nextBoolean());
            case 14 ->
                random.nextInt(4) == 0
                        ? new Delete(named(one), Optional.of(any(Delete.Scope.values())), true, false)
                        : Wishes.merge(one);
            case 15 -> new Merge(named(one), true);
            case 16 -> deactivate(one);
            default -> Wishes.merge(one);
        };
    }

    private DomainCommand revert(String one) {
        boolean subsequent = random.nextInt(3) == 0;
        return new Revert(
                named(one),
                Optional.of(any(Revert.Start.values())),
                subsequent ? Optional.empty() : Optional.of(any(Revert.OnInvalidated.values())),
                subsequent,
                false,
                random.nextInt(3) == 0);
    }

    private DomainCommand deactivate(String one) {
        Optional<Deactivate.Mode> mode =
                random.nextInt(3) == 0 ? Optional.empty() : Optional.of(any(Deactivate.Mode.values()));
        return new Deactivate(named(one), mode, mode.isPresent() && random.nextInt(3) == 0);
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private DomainCommand create() {
        String name = "s" + names++;
        List<DiskRequest> disks = new ArrayList<>();
        if (random.nextInt(4) == 0) {
            disks.add(Wishes.disk(random.nextBoolean() ? "vda" : "vdb", CaptureMode.NONE));
        }
        return switch (random.nextInt(5)) {
            case 3 -> Wishes.create(Optional.of(name), Optional.empty(), false, internal());
            case 4 -> Wishes.create(Optional.of(name), Optional.of(CaptureMode.NONE), false, internal());
            case 0 -> Wishes.create(Optional.of(name), Optional.empty(), true, disks);
            case 1 -> Wishes.withMemory(name, disks.toArray(DiskRequest[]::new));
            default -> Wishes.withoutMemory(name, Wishes.disk("vda", CaptureMode.EXTERNAL));
        };
    }

    /** The raw disk goes outside, or is left out. */
    private List<DiskRequest> internal() {
        return List.of(
                Wishes.disk("vda", CaptureMode.INTERNAL),
                Wishes.disk("vdb", random.nextBoolean() ? CaptureMode.EXTERNAL : CaptureMode.NONE));
    }
}
