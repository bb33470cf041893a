package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.InFlight.Phase;
import io.snapledger.command.domain.TookEffect;
import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CancellationRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Ending a merge, or a deletion that folds, while its first commit or its streams run. The ledger asks; whether it comes in time is its
 * host's to say, which ends the commit before the switch-over or goes on to the end.
 *
 * <pre>
 * CancelOperation ──► CancellationRequested ──► host: cancelled ──► OperationCancelled
 *                                          ├──► host: cancelled, after a stream ──► rolled back ──► OperationCancelled
 *                                          └──► host: too late, or done ──► the end that was asked for first
 * </pre>
 */
final class Cancelling {
    private Cancelling() {}

    static Decision decide(DomainState state, CancelOperation asked) {
        InFlight operation = HostOperations.inFlight(state, asked.operation());
        Optional<String> objection = objection(operation);
        if (objection.isPresent()) {
            throw new RejectedException(Rejection.ofOperation(
                    RejectionCode.NOT_CANCELLABLE,
                    "operation " + asked.operation() + " cannot be cancelled: " + objection.get(),
                    asked.operation()));
        }
        if (operation.cancelling()) {
            return new Decision.Accepted(List.of());
        }
        return Decision.of(new CancellationRequested(
                operation.operation(),
                operation.attempt(),
                operation.work().definition().host()));
    }

    private static Optional<String> objection(InFlight operation) {
        return switch (operation.opening()) {
            case MergeRequested e -> objection(operation, e);
            case DeletionRequested e -> objection(operation, e);
            case SnapshotCreationRequested _,
                    BranchRequested _,
                    RevertRequested _,
                    DiscardRequested _,
                    UndoRequested _,
                    CollectionRequested _ ->
                Optional.of("only a merge, or a deletion that folds one layer into another, can be; wait for its end");
        };
    }

    private static Optional<String> objection(InFlight operation, Opening opening) {
        if (operation.phase() == Phase.NEEDS_ATTENTION) {
            return Optional.of("it has stopped and needs attention; look at the host, then send RetryOperation");
        }
        if (operation.goesBack()) {
            return Optional.of("it is being rolled back already");
        }
        if (!opening.layers().unpinned().isEmpty()) {
            return Optional.of("it writes into layers that were kept so that "
                    + joined(opening.layers().unpinned()) + " could be undone; wait for its end");
        }
        List<Step> destroying =
                opening.plan().steps().stream().filter(Step::destroys).toList();
        Optional<Step> first = opening.plan().steps().stream()
                .filter(s -> s.destroys() || s instanceof StreamLayer)
                .findFirst();
        if (first.filter(s -> s instanceof CommitLayer || s instanceof StreamLayer)
                .isEmpty()) {
            return Optional.of("it removes what nothing refers to before it folds any layer, and only goes forward from"
                    + " there; wait for its end");
        }
        long left =
                operation.work().plan().steps().stream().filter(Step::destroys).count();
        return left < destroying.size()
                ? Optional.of(
                        "its first commit is past the switch-over or something is removed, and it only goes forward from"
                                + " there")
                : Optional.empty();
    }

    private static String joined(List<OperationId> operations) {
        return String.join(", ", operations.stream().map(OperationId::toString).toList());
    }

    /**
     * Whether the work that failed ends the operation as cancelled: the host has ended it for that, or it failed by itself
     * before any commit was done and is not tried again.
     */
    static boolean endsHere(InFlight operation, HostRun run, Failure failure) {
        boolean ended = failure instanceof Failure.Cancelled;
        return (ended || (operation.cancelling() && isKnown(run)))
                && objection(operation).isEmpty()
                && noneDone(operation, run);
    }

    /** Whether a layer lies, or may lie, on another one than before: that is taken back first. */
    static boolean hasStreamed(InFlight operation, HostRun run) {
        List<Step> plan = operation.opening().plan().steps();
        return switch (operation.work()) {
            case Opening _ ->
                run.outcomes().stream()
                        .filter(StepOutcome.Done.class::isInstance)
                        .anyMatch(o -> plan.get(o.step()) instanceof StreamLayer);
            case ResumeRequested _ -> plan.stream().anyMatch(StreamLayer.class::isInstance);
            case RollbackRequested _ -> false;
        };
    }

    /** A step whose outcome nobody knows may still be at work, and its host must be asked again. */
    private static boolean isKnown(HostRun run) {
        return run.outcomes().stream().noneMatch(StepOutcome.Unknown.class::isInstance);
    }

    private static boolean noneDone(InFlight operation, HostRun run) {
        return run.outcomes().stream()
                .filter(StepOutcome.Done.class::isInstance)
                .noneMatch(o -> operation.work().plan().steps().get(o.step()).destroys());
    }

    /** The end of an operation that has been taken back, when that was asked for. */
    static Optional<OperationCancelled> takenBack(InFlight operation, HostRun run, Failure cause) {
        return operation.cancelling() || cause instanceof Failure.Cancelled
                ? Optional.of(cancelled(operation, run, cause))
                : Optional.empty();
    }

    static OperationCancelled cancelled(InFlight operation, HostRun run, Failure failure) {
        List<SnapshotName> consumed = hasBegun(operation, run) ? consumedBy(operation.opening()) : List.of();
        return new OperationCancelled(
                operation.operation(),
                "the operation was cancelled: " + failure.message()
                        + (consumed.isEmpty()
                                ? "; nothing has changed"
                                : "; a commit had begun, so that " + quoted(consumed)
                                        + " can only be merged or deleted again"),
                consumed,
                run);
    }

    /** Also in an attempt before this one. */
    private static boolean hasBegun(InFlight operation, HostRun run) {
        TookEffect before = operation.effects();
        return Stream.of(before.done(), before.failed(), before.unknown())
                        .flatMap(List::stream)
                        .anyMatch(CommitLayer.class::isInstance)
                || run.outcomes().stream()
                        .anyMatch(o -> operation.work().plan().steps().get(o.step()) instanceof CommitLayer);
    }

    private static List<SnapshotName> consumedBy(Opening opening) {
        return switch (opening) {
            case MergeRequested e -> {
                List<SnapshotName> all = new ArrayList<>(e.discarded());
                all.add(e.snapshot());
                yield all;
            }
            case DeletionRequested e -> e.consumed();
            case SnapshotCreationRequested _,
                    BranchRequested _,
                    RevertRequested _,
                    DiscardRequested _,
                    UndoRequested _,
                    CollectionRequested _ -> List.of();
        };
    }

    private static String quoted(List<SnapshotName> names) {
        return String.join(", ", names.stream().map(n -> "\"" + n + "\"").toList());
    }
}
