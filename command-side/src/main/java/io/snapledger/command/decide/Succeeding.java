package io.snapledger.command.decide;

import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import java.util.Optional;

/** What has become true when the host has done all that an opening asked for. */
final class Succeeding {
    private Succeeding() {}

    /** Empty when a memory was to be saved and the run does not tell what was written. */
    static Optional<DomainEvent> event(InFlight operation, HostRun run) {
        return switch (operation.opening()) {
            case SnapshotCreationRequested e -> created(e, run).map(DomainEvent.class::cast);
            case BranchRequested e -> Optional.of(branched(e, run));
            case RevertRequested e -> Optional.of(reverted(e, run));
            case DeletionRequested e -> Optional.of(deleted(e, run));
            case MergeRequested e -> Optional.of(merged(e, run));
            case DiscardRequested e -> Optional.of(discarded(e, run));
        };
    }

    private static Optional<Success> created(SnapshotCreationRequested e, HostRun run) {
        return written(e.snapshot(), run).map(s -> new SnapshotCreated(e.operation(), s, e.layers(), run));
    }

    private static Success branched(BranchRequested e, HostRun run) {
        return new BranchCreated(e.operation(), e.snapshot(), e.current(), e.start(), e.layers(), run);
    }

    private static Success reverted(RevertRequested e, HostRun run) {
        return new SnapshotReverted(e.operation(), e.snapshot(), e.start(), e.layers(), run, e.gone());
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
            case MemoryCapture.External memory ->
                saved(run).map(s -> snapshot.withMemory(new MemoryCapture.External(memory.file(), Optional.of(s))));
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
