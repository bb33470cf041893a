package io.snapledger.schema.domain;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * What became true of one domain. Events are stored for ever under the names of {@code MessageNames}.
 *
 * <pre>
 * …Requested ──► SnapshotCreated | BranchCreated | SnapshotReverted | SnapshotsDeleted | SnapshotMerged | SnapshotDiscarded
 *     │  ▲         | RevertUndone | PinCollected
 *     │  └─ CancellationRequested ──► OperationCancelled, or its end as if nothing had been asked
 *     │  ▲
 *     │  └─ …Requested again (attempt + 1): the host was not as assumed, decided anew; nothing had been done
 *     └──► HostOperationFailed ──► RollbackRequested ──► OperationRolledBack
 *                        │                 └──► OperationNeedsAttention ──► OperationAbandoned
 *                        └──► ResumeRequested (past the point of no return) ──► as …Requested
 * </pre>
 */
public sealed interface DomainEvent {

    /** Asks the executor of the domain's host for work; a lower attempt than one seen is refused there. */
    sealed interface HostWork extends DomainEvent {
        OperationId operation();

        int attempt();

        DomainDefinition definition();

        Plan plan();
    }

    /** Host work that opens an operation, or opens it anew after a look at the host. */
    sealed interface Opening extends HostWork {
        LayerChange layers();
    }

    /** True as soon as it is decided: no host work leads to it. */
    sealed interface Noted extends DomainEvent {}

    /** Ends an operation, one way or the other. */
    sealed interface Ending extends DomainEvent {
        OperationId operation();
    }

    /** Ends an operation with what was asked for. */
    sealed interface Success extends Ending {
        LayerChange layers();

        HostRun run();
    }

    record DomainDefined(DomainDefinition definition) implements Noted {}

    /** The definition is another one; the disks that are new have one layer, the others keep theirs. */
    record DomainUpdated(DomainDefinition definition) implements Noted {}

    record DomainUndefined(DomainName name, HostName host) implements Noted {}

    /** The guest is seen doing something else than what was known. */
    record RunStateObserved(RunState runState) implements Noted {}

    /** The images of the domain's disks are seen to hold other tags than was known, ours or someone else's. */
    record TagsObserved(List<ImageTags> appeared, List<ImageTags> gone) implements Noted {
        public TagsObserved {
            appeared = List.copyOf(appeared);
            gone = List.copyOf(gone);
        }
    }

    /** The host is seen to be otherwise than the ledger has it, or no longer so. Only differences are told. */
    record DriftObserved(List<Drift> appeared, List<Drift> gone) implements Noted {
        public DriftObserved {
            appeared = List.copyOf(appeared);
            gone = List.copyOf(gone);
        }
    }

    /**
     * The files were left by operations that ended without success, none is in flight and nothing refers to them: the host
     * may remove them.
     */
    record LeftoversReleased(HostName host, List<HostPath> files) implements Noted {
        public LeftoversReleased {
            files = List.copyOf(files);
        }
    }

    /** {@code asked} is the wish itself: what it means depends on what the host turns out to be doing. */
    record SnapshotCreationRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            Snapshot snapshot,
            LayerChange layers,
            DomainCommand.CreateSnapshot asked)
            implements Opening {}

    record BranchRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            Snapshot snapshot,
            boolean current,
            RunState start,
            LayerChange layers)
            implements Opening {}

    /**
     * {@code gone} are the snapshots that end with it; their files begin to go when the domain is on its new layers. With a
     * {@code pin} they stay, with what is left, until its time is over.
     */
    record RevertRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            SnapshotName snapshot,
            RunState start,
            LayerChange layers,
            List<SnapshotName> gone,
            Optional<Pin> pin,
            DomainCommand.Revert asked)
            implements Opening {
        public RevertRequested {
            gone = List.copyOf(gone);
        }
    }

    /** From here on the snapshots are being deleted; those in {@code consumed} lose their state to a commit. */
    record DeletionRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            List<SnapshotName> snapshots,
            List<SnapshotName> consumed,
            LayerChange layers,
            boolean force)
            implements Opening {
        public DeletionRequested {
            snapshots = List.copyOf(snapshots);
            consumed = List.copyOf(consumed);
        }

        /** One that gives nothing up. */
        public DeletionRequested(
                OperationId operation,
                int attempt,
                DomainDefinition definition,
                Plan plan,
                List<SnapshotName> snapshots,
                List<SnapshotName> consumed,
                LayerChange layers) {
            this(operation, attempt, definition, plan, snapshots, consumed, layers, false);
        }
    }

    /**
     * From here on the snapshot is being merged; its state is lost with the first write of the commit, and so are those
     * that stood in the way and are {@code discarded}.
     */
    record MergeRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            SnapshotName snapshot,
            LayerChange layers,
            List<SnapshotName> discarded,
            boolean force)
            implements Opening {
        public MergeRequested {
            discarded = List.copyOf(discarded);
        }
    }

    /** The snapshot and what was written since are being taken away, and those {@code gone} with it. */
    record DiscardRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            SnapshotName snapshot,
            RunState start,
            LayerChange layers,
            List<SnapshotName> gone,
            boolean force)
            implements Opening {
        public DiscardRequested {
            gone = List.copyOf(gone);
        }
    }

    /** A revert is being taken back: the domain returns to the layers that it left, and its guest boots. */
    record UndoRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            OperationId undone,
            RunState start,
            LayerChange layers)
            implements Opening {}

    /** What the operation {@code collected} kept goes, since its undo time is over. */
    record CollectionRequested(
            OperationId operation,
            int attempt,
            DomainDefinition definition,
            Plan plan,
            OperationId collected,
            LayerChange layers)
            implements Opening {}

    /** The inverse of what took effect, in reverse order. */
    record RollbackRequested(OperationId operation, int attempt, DomainDefinition definition, Plan plan)
            implements HostWork {}

    /** What is left to do of an operation that can only go forward. */
    record ResumeRequested(OperationId operation, int attempt, DomainDefinition definition, Plan plan)
            implements HostWork {}

    /** The snapshot exists and is current. */
    record SnapshotCreated(OperationId operation, Snapshot snapshot, LayerChange layers, HostRun run)
            implements Success {}

    record BranchCreated(
            OperationId operation,
            Snapshot snapshot,
            boolean current,
            RunState runState,
            LayerChange layers,
            HostRun run)
            implements Success {}

    /**
     * The domain is as the snapshot holds it, and the snapshot is current; when it is among those {@code gone}, its
     * parent is.
     */
    record SnapshotReverted(
            OperationId operation,
            SnapshotName snapshot,
            RunState runState,
            LayerChange layers,
            HostRun run,
            List<SnapshotName> gone,
            Optional<Pin> pin)
            implements Success {
        public SnapshotReverted {
            gone = List.copyOf(gone);
        }
    }

    record SnapshotsDeleted(OperationId operation, List<SnapshotName> snapshots, LayerChange layers, HostRun run)
            implements Success {
        public SnapshotsDeleted {
            snapshots = List.copyOf(snapshots);
        }
    }

    /** The snapshots are gone; what they refer to is kept until the pin's time is over, and the host has nothing to do. */
    record DeletionDeferred(OperationId operation, HostName host, List<SnapshotName> snapshots, Pin pin)
            implements Ending {
        public DeletionDeferred {
            snapshots = List.copyOf(snapshots);
        }
    }

    /** The deletion {@code undone} is taken back. */
    record DeletionUndone(OperationId undone, Restored restored) implements Noted {}

    /** The revert {@code undone} is taken back, and what was written since is gone unless a snapshot holds it. */
    record RevertUndone(
            OperationId operation,
            OperationId undone,
            RunState runState,
            LayerChange layers,
            HostRun run,
            Restored restored)
            implements Success {}

    /** Nothing is kept for the operation {@code collected} any more. */
    record PinCollected(OperationId operation, OperationId collected, LayerChange layers, HostRun run)
            implements Success {}

    /** The undo time of the operation {@code collected} is over, and nothing of what it kept has to go. */
    record PinEnded(OperationId collected) implements Noted {}

    record SnapshotMerged(
            OperationId operation, SnapshotName snapshot, LayerChange layers, HostRun run, List<SnapshotName> discarded)
            implements Success {
        public SnapshotMerged {
            discarded = List.copyOf(discarded);
        }
    }

    /** The domain is as it was when the snapshot was taken, and the snapshot is gone, with those that hung on it. */
    record SnapshotDiscarded(
            OperationId operation,
            SnapshotName snapshot,
            RunState runState,
            LayerChange layers,
            HostRun run,
            List<SnapshotName> gone)
            implements Success {
        public SnapshotDiscarded {
            gone = List.copyOf(gone);
        }
    }

    /** The records alone are gone. The layers are the user's from now on: never removed, never written by a commit. */
    record SnapshotsForgotten(List<SnapshotName> snapshots, List<HostPath> released) implements Noted {
        public SnapshotsForgotten {
            snapshots = List.copyOf(snapshots);
            released = List.copyOf(released);
        }
    }

    /** The snapshot is not current any more, and none is; it is kept. */
    record SnapshotDeactivated(SnapshotName snapshot) implements Noted {}

    /**
     * A snapshot that exists is known from now on, or known otherwise; nothing was done about it. Its children stay its
     * children.
     */
    record SnapshotRedefined(Snapshot snapshot, boolean current, Adoption adopted) implements Noted {}

    /** A part of a tree has come; nothing is known of its snapshots until all parts have. */
    record ImportPartReceived(String importId, int part, int of, List<String> snapshots, Optional<SnapshotName> current)
            implements Noted {
        public ImportPartReceived {
            snapshots = List.copyOf(snapshots);
        }
    }

    /** All parts have come, and the snapshots in them were redefined just before. */
    record TreeImported(String importId, int snapshots, Optional<SnapshotName> current, List<Active> active)
            implements Noted {
        public TreeImported {
            active = List.copyOf(active);
        }
    }

    /** The snapshot is current; neither files nor the guest changed. {@code active} is what is known better by that. */
    record SnapshotMadeCurrent(SnapshotName snapshot, List<Active> active) implements Noted {
        public SnapshotMadeCurrent {
            active = List.copyOf(active);
        }
    }

    record SnapshotDescribed(SnapshotName snapshot, Optional<String> description) implements Noted {}

    /** An attempt did not reach its end; what follows is decided by the saga's next command. */
    record HostOperationFailed(
            OperationId operation, int attempt, HostRun run, Failure failure, List<HostPath> leftovers, Recovery next)
            implements DomainEvent {

        /** The way out: back before the point of no return, forward after it, and a person when neither helps. */
        public enum Recovery {
            ROLL_BACK,
            RESUME,
            NONE
        }

        public HostOperationFailed {
            leftovers = List.copyOf(leftovers);
        }
    }

    /**
     * The host is to end the operation, unless it is past the point where that can be: then it goes on to its end.
     * {@code attempt} is the one that the host had when this was asked; a later one is ended too.
     */
    record CancellationRequested(OperationId operation, int attempt, HostName host) implements DomainEvent {}

    /**
     * The operation has ended before it was done; the layers are what they were. Those {@code consumed} have lost their
     * state to a commit that had begun, and can only be merged or deleted again.
     */
    record OperationCancelled(OperationId operation, String message, List<SnapshotName> consumed, HostRun run)
            implements Ending {
        public OperationCancelled {
            consumed = List.copyOf(consumed);
        }
    }

    /** The host has said nothing for too long; the domain stays guarded and nothing is undone unseen. */
    record OperationStalled(OperationId operation, int attempt) implements DomainEvent {}

    /** Nothing is left of the operation: no file, no layer, and the guest runs as before. */
    record OperationRolledBack(OperationId operation, RejectionCode code, String message, HostRun run)
            implements Ending {}

    /**
     * An operator gave the operation up, and the domain is free. The ledger has what surely is so; what nobody knows it has
     * as it was before, and hears of it by drift. The host does nothing more for it, whatever attempt it has.
     *
     * @param gone the snapshots of which nothing is left
     * @param left those of which only a part is left, as they are now
     * @param consumed those whose state the operation had begun to destroy: they can only be merged or deleted again
     * @param leftovers the files that it made, or was to remove, and that are there or may be: the user's from now on
     */
    record OperationAbandoned(
            OperationId operation,
            int attempt,
            HostName host,
            RejectionCode code,
            String message,
            LayerChange layers,
            List<SnapshotName> gone,
            List<Snapshot> left,
            List<SnapshotName> consumed,
            Optional<SnapshotName> current,
            List<HostPath> leftovers)
            implements Ending {
        public OperationAbandoned {
            gone = List.copyOf(gone);
            left = List.copyOf(left);
            consumed = List.copyOf(consumed);
            leftovers = List.copyOf(leftovers);
        }
    }

    /**
     * The operation has reached its goal and was given up before it was tidied up: the files that it was to remove are the
     * user's from now on.
     */
    record LeftoversKept(OperationId operation, HostName host, String message, List<HostPath> files) implements Noted {
        public LeftoversKept {
            files = List.copyOf(files);
        }
    }

    /** A person must look; the domain stays guarded. */
    record OperationNeedsAttention(
            OperationId operation, RejectionCode code, String message, List<HostPath> leftovers, HostRun run)
            implements DomainEvent {
        public OperationNeedsAttention {
            leftovers = List.copyOf(leftovers);
        }
    }

    /** What the event tells of the snapshot that its operation is about, if there is one. */
    default Optional<SnapshotName> about() {
        return switch (this) {
            case SnapshotCreationRequested e -> Optional.of(e.snapshot().name());
            case BranchRequested e -> Optional.of(e.snapshot().name());
            case RevertRequested e -> Optional.of(e.snapshot());
            case DeletionRequested e -> e.snapshots().stream().findFirst();
            case MergeRequested e -> Optional.of(e.snapshot());
            case DiscardRequested e -> Optional.of(e.snapshot());
            case SnapshotCreated e -> Optional.of(e.snapshot().name());
            case BranchCreated e -> Optional.of(e.snapshot().name());
            case SnapshotReverted e -> Optional.of(e.snapshot());
            case SnapshotsDeleted e -> e.snapshots().stream().findFirst();
            case SnapshotMerged e -> Optional.of(e.snapshot());
            case SnapshotDiscarded e -> Optional.of(e.snapshot());
            case SnapshotsForgotten e -> e.snapshots().stream().findFirst();
            case DeletionDeferred e -> e.snapshots().stream().findFirst();
            case SnapshotDeactivated e -> Optional.of(e.snapshot());
            case SnapshotRedefined e -> Optional.of(e.snapshot().name());
            case SnapshotMadeCurrent e -> Optional.of(e.snapshot());
            case SnapshotDescribed e -> Optional.of(e.snapshot());
            case DomainDefined _,
                    DomainUpdated _,
                    DomainUndefined _,
                    UndoRequested _,
                    CollectionRequested _,
                    DeletionUndone _,
                    RevertUndone _,
                    PinCollected _,
                    PinEnded _,
                    RunStateObserved _,
                    TagsObserved _,
                    DriftObserved _,
                    LeftoversReleased _,
                    ImportPartReceived _,
                    TreeImported _,
                    RollbackRequested _,
                    ResumeRequested _,
                    HostOperationFailed _,
                    OperationStalled _,
                    CancellationRequested _,
                    OperationCancelled _,
                    OperationAbandoned _,
                    LeftoversKept _,
                    OperationRolledBack _,
                    OperationNeedsAttention _ -> Optional.empty();
        };
    }
}
