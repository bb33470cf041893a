package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.PinCollected;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RevertUndone;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What has become true when the host has done all that an opening asked for. */
final class Succeeding {
    private Succeeding() {}

    /** None when a memory was to be saved and the run does not tell what was written. */
    static List<DomainEvent> events(InFlight operation, DomainState before, HostRun run) {
        return switch (operation.opening()) {
            case SnapshotCreationRequested e -> created(e, before, run);
            case BranchRequested e -> List.of(branched(e, run));
            case RevertRequested e -> withDefinition(before, e, reverted(e, run));
            case UndoRequested e -> withDefinition(before, e, undone(e, before, run));
            case CollectionRequested e -> List.of(new PinCollected(e.operation(), e.collected(), e.layers(), run));
            case DeletionRequested e -> List.of(deleted(e, run));
            case MergeRequested e -> List.of(merged(e, run));
            case DiscardRequested e -> List.of(discarded(e, run));
        };
    }

    private static List<DomainEvent> created(SnapshotCreationRequested e, DomainState before, HostRun run) {
        List<DomainEvent> events = new ArrayList<>();
        written(e.snapshot(), run).ifPresent(s -> {
            events.add(new SnapshotCreated(e.operation(), s, e.layers(), run));
            if (e.asked().halt() && e.plan().assumes().runState().online()) {
                events.add(new RunStateObserved(RunState.SHUTOFF));
            }
            if (e.asked().noMetadata()) {
                events.add(new SnapshotsForgotten(List.of(s.name()), usersOwn(s, before)));
            }
        });
        return events;
    }

    /** The layers that the user may still read the snapshot from; one with nothing beneath never loses a tag. */
    private static List<HostPath> usersOwn(Snapshot snapshot, DomainState before) {
        Stream<HostPath> tagged = snapshot.internalDisks()
                .map(DiskCapture.Internal::file)
                .filter(f -> before.layers().imagesFrom(f).size() > 1);
        return Stream.concat(snapshot.externalDisks().map(DiskCapture.External::base), tagged)
                .distinct()
                .toList();
    }

    private static Success branched(BranchRequested e, HostRun run) {
        return new BranchCreated(e.operation(), e.snapshot(), e.current(), e.start(), e.layers(), run);
    }

    private static Success reverted(RevertRequested e, HostRun run) {
        return new SnapshotReverted(e.operation(), e.snapshot(), e.start(), e.layers(), run, e.gone(), e.pin());
    }

    private static Success undone(UndoRequested e, DomainState before, HostRun run) {
        return new RevertUndone(
                e.operation(),
                e.undone(),
                e.start(),
                e.layers(),
                run,
                Undoing.restored(before, before.pins().find(e.undone()).orElseThrow()));
    }

    /** The definition that the guest was started with is the domain's from now on. */
    private static List<DomainEvent> withDefinition(DomainState before, Opening opening, Success success) {
        return before.definition().equals(Optional.of(opening.definition()))
                ? List.of(success)
                : List.of(success, new DomainUpdated(opening.definition()));
    }

    private static Success deleted(DeletionRequested e, HostRun run) {
        return new SnapshotsDeleted(e.operation(), e.snapshots(), e.layers(), run);
    }

    private static Success merged(MergeRequested e, HostRun run) {
        return new SnapshotMerged(e.operation(), e.snapshot(), e.layers(), run, e.discarded());
    }

    private static Success discarded(DiscardRequested e, HostRun run) {
        return new SnapshotDiscarded(e.operation(), e.snapshot(), e.start(), e.layers(), run, e.gone());
    }

    private static Optional<Snapshot> written(Snapshot snapshot, HostRun run) {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _, MemoryCapture.Internal _ -> Optional.of(snapshot);
            case MemoryCapture.External memory -> saved(run).map(s -> snapshot.withMemory(memory.with(s)));
        };
    }

    private static Optional<SavedMemory> saved(HostRun run) {
        return run.outcomes().stream()
                .flatMap(o -> switch (o) {
                    case StepOutcome.Done d -> d.memory().stream();
                    case StepOutcome.Failed _, StepOutcome.Unknown _ -> Optional.<SavedMemory>empty().stream();
                })
                .findFirst();
    }
}
