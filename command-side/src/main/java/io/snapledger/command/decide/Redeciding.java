package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Deciding an operation once more after its host looked and found something else than the plan assumes. Nothing has been
 * done, so a second refusal, a rejection, or the very same plan again ends the operation with nothing left over.
 */
final class Redeciding {
    private Redeciding() {}

    static Decision decide(DomainState state, Facts facts, Opening first, HostResult.Refused refusal) {
        List<DomainEvent> events = new ArrayList<>();
        RunState seen = refusal.seen().runState();
        if (!state.runState().equals(Optional.of(seen))) {
            events.add(new RunStateObserved(seen));
        }
        events.add(first.attempt() > 1 ? ended(first.operation(), refusal) : anew(state, facts, first, refusal));
        return new Decision.Accepted(events);
    }

    private static DomainEvent anew(DomainState state, Facts facts, Opening first, HostResult.Refused refusal) {
        try {
            Opening second = open(state, facts, first, refusal);
            return first.plan().equals(second.plan()) ? ended(first.operation(), refusal) : second;
        } catch (RejectedException e) {
            return new OperationRolledBack(
                    first.operation(), e.rejection().code(), e.rejection().message(), HostRun.NOTHING);
        } catch (InvalidValueException e) {
            return ended(first.operation(), e.code(), e.reason());
        }
    }

    /** Only what merely tidies up can leave what others read as it is. */
    private static Opening open(DomainState state, Facts facts, Opening first, HostResult.Refused refusal) {
        RunState seen = refusal.seen().runState();
        return switch (first) {
            case SnapshotCreationRequested e ->
                CreatingSnapshot.open(
                        situation(state, facts, e, seen, e.snapshot().createdAt()),
                        e.asked(),
                        e.snapshot().name());
            case BranchRequested e ->
                Branching.again(situation(state, facts, e, seen, e.snapshot().createdAt()), e);
            case RevertRequested e -> revert(situation(state, facts, e, seen, Instant.EPOCH), e);
            case DeletionRequested e ->
                delete(situation(state, facts, e, seen, Instant.EPOCH).sharing(refusal.shared()), e);
            case MergeRequested e -> merge(situation(state, facts, e, seen, Instant.EPOCH), e);
            case DiscardRequested e ->
                Discarding.open(situation(state, facts, e, seen, Instant.EPOCH), e.snapshot(), e.force());
            case UndoRequested e -> Undoing.open(situation(state, facts, e, seen, Instant.EPOCH), e.undone());
            case CollectionRequested e ->
                Collecting.open(
                        situation(state, facts, e, seen, Instant.EPOCH).sharing(refusal.shared()), e.collected());
        };
    }

    private static Opening revert(Situation situation, RevertRequested e) {
        return Reverting.open(situation, e.asked());
    }

    /** The snapshots are marked as being deleted since the first decision; that is no hindrance to itself. */
    private static Opening delete(Situation situation, DeletionRequested e) {
        return Deleting.open(
                situation,
                e.snapshots().stream().map(situation::snapshot).toList(),
                Unpinning.of(situation, e.layers().unpinned()),
                e.force());
    }

    private static Opening merge(Situation situation, MergeRequested e) {
        return Merging.open(situation, e.snapshot(), e.force());
    }

    private static Situation situation(DomainState state, Facts facts, Opening first, RunState seen, Instant at) {
        return new Situation(
                state,
                facts,
                definition(state),
                seen,
                at,
                undoUntil(first),
                first.operation(),
                first.attempt() + 1,
                Set.of());
    }

    /** The opening has the one that is to be; until then the domain has its own. */
    private static DomainDefinition definition(DomainState state) {
        return state.definition().orElseThrow(() -> new IllegalStateException("the domain is not defined"));
    }

    private static Optional<Instant> undoUntil(Opening first) {
        return first instanceof RevertRequested e ? e.pin().map(Pin::until) : Optional.empty();
    }

    private static OperationRolledBack ended(OperationId operation, HostResult.Refused refusal) {
        return ended(operation, refusal.code(), refusal.message());
    }

    private static OperationRolledBack ended(OperationId operation, RejectionCode code, String message) {
        return new OperationRolledBack(operation, code, message, HostRun.NOTHING);
    }
}
