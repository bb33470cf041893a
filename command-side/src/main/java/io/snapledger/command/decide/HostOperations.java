package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.InFlight.Phase;
import io.snapledger.command.rollback.Rollback;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Seeing an operation through: what its host reports, and what the saga and operators send in answer.
 *
 * <pre>
 * Finished ──► the success, or rolled back when it was a rollback
 * Refused  ──► the opening decided anew once with what was seen; then rolled back, nothing having been done
 * Failed   ──► cancelled, where that was asked and can be; else HostOperationFailed with the way out; RollBackOperation or ResumeOperation goes that way
 * silence  ──► either of the two: stalled while the host is silent, else the very same order once more
 * </pre>
 */
final class HostOperations {
    private HostOperations() {}

    static Decision report(DomainState state, Facts facts, ReportHostOperation report, Request request) {
        Observing.requireTrusted(Situation.definitionOf(state, request), facts, report.host(), report.epoch());
        InFlight operation = inFlight(state, report.operation());
        refuseIf(
                report.attempt() != operation.attempt() || !operation.withHost(),
                RejectionCode.WRONG_STATE,
                "attempt " + report.attempt() + " at operation " + report.operation() + " is over; it is at attempt "
                        + operation.attempt());
        return switch (report.result()) {
            case HostResult.Finished r -> finished(state, operation, r.run());
            case HostResult.Failed r -> failed(operation, r.run(), r.failure(), r.leftovers());
            case HostResult.Refused r -> refused(state, facts, operation, r);
        };
    }

    private static Decision finished(DomainState state, InFlight operation, HostRun run) {
        return switch (operation.work()) {
            case Opening _, ResumeRequested _ -> succeeded(state, operation, run);
            case RollbackRequested _ -> Decision.of(takenBack(operation, run));
        };
    }

    private static DomainEvent takenBack(InFlight operation, HostRun run) {
        Optional<OperationCancelled> cancelled =
                operation.cause().flatMap(c -> Cancelling.takenBack(operation, run, c));
        return cancelled.isPresent() ? cancelled.get() : rolledBack(operation, run);
    }

    /** A memory without length and checksum could never be loaded again: that is no success. */
    private static Decision succeeded(DomainState state, InFlight operation, HostRun run) {
        List<DomainEvent> events = Succeeding.events(operation, state, run);
        return events.isEmpty()
                ? failed(
                        operation,
                        run,
                        new Failure.HostRefused("the host reports a saved memory without its length and checksum"),
                        List.of())
                : new Decision.Accepted(events);
    }

    private static Decision failed(InFlight operation, HostRun run, Failure failure, List<HostPath> leftovers) {
        if (Cancelling.endsHere(operation, run, failure)) {
            return Decision.of(
                    Cancelling.hasStreamed(operation, run)
                            ? failure(operation, run, failure, leftovers, Recovery.ROLL_BACK)
                            : Cancelling.cancelled(operation, run, failure));
        }
        Recovery way = Rollback.way(operation.work(), run);
        if (way == Recovery.ROLL_BACK
                && Rollback.back(operation.work(), run, leftovers).steps().isEmpty()) {
            HostOperationFailed event = failure(operation, run, failure, leftovers, Recovery.NONE);
            return Decision.of(event, rolledBack(operation.cause().orElse(failure), operation.operation(), run));
        }
        if (operation.tries() + 1 >= Rollback.MAX_TRIES) {
            return Decision.of(
                    failure(operation, run, failure, leftovers, Recovery.NONE),
                    needsAttention(operation, run, failure, leftovers));
        }
        return Decision.of(failure(operation, run, failure, leftovers, way));
    }

    private static HostOperationFailed failure(
            InFlight operation, HostRun run, Failure failure, List<HostPath> leftovers, Recovery next) {
        return new HostOperationFailed(operation.operation(), operation.attempt(), run, failure, leftovers, next);
    }

    private static OperationNeedsAttention needsAttention(
            InFlight operation, HostRun run, Failure failure, List<HostPath> leftovers) {
        Set<HostPath> files = new TreeSet<>(leftovers);
        if (operation.work() instanceof RollbackRequested) {
            files.addAll(Rollback.notRemoved(operation.work().plan(), run));
        }
        return new OperationNeedsAttention(
                operation.operation(),
                codeOf(failure),
                (operation.tries() + 1) + " attempts failed, the last one so: " + failure.message()
                        + "; look at the host, then send RetryOperation, or give it up with AbandonOperation",
                List.copyOf(files),
                run);
    }

    private static OperationRolledBack rolledBack(InFlight operation, HostRun run) {
        return operation
                .cause()
                .map(c -> rolledBack(c, operation.operation(), run))
                .orElseThrow(() -> new IllegalStateException("nothing of " + operation.operation() + " failed"));
    }

    private static OperationRolledBack rolledBack(Failure cause, OperationId operation, HostRun run) {
        return new OperationRolledBack(operation, codeOf(cause), cause.message(), run);
    }

    static RejectionCode codeOf(Failure failure) {
        return switch (failure) {
            case Failure.HostRefused _ -> RejectionCode.DRIFTED;
            case Failure.Cancelled _ -> RejectionCode.WRONG_STATE;
            case Failure.ToolFailed _, Failure.MonitorRefused _, Failure.DeadlineExpired _, Failure.ConnectionLost _ ->
                RejectionCode.INTERNAL_ERROR;
        };
    }

    private static Decision refused(DomainState state, Facts facts, InFlight operation, HostResult.Refused refusal) {
        return switch (operation.work()) {
            case Opening e -> Redeciding.decide(state, facts, e, refusal);
            case RollbackRequested _, ResumeRequested _ ->
                failed(operation, HostRun.NOTHING, new Failure.HostRefused(refusal.message()), List.of());
        };
    }

    /** The way back after a failure; a look after the rollback while the host has that. */
    static Decision rollBack(DomainState state, Facts facts, RollBackOperation asked) {
        InFlight operation = inFlight(state, asked.operation());
        if (operation.withHost() && operation.work() instanceof RollbackRequested) {
            return remind(operation, facts, asked.attempt());
        }
        requireNext(operation, asked.attempt());
        refuseIf(
                !operation.goesBack(),
                RejectionCode.WRONG_STATE,
                "operation " + asked.operation() + " is past its point of no return and can only be resumed");
        return Decision.of(goOn(state, operation));
    }

    /** The way forward after a failure; a look after the work while the host has it. */
    static Decision resume(DomainState state, Facts facts, ResumeOperation asked) {
        InFlight operation = inFlight(state, asked.operation());
        if (operation.withHost()) {
            return remind(operation, facts, asked.attempt());
        }
        requireNext(operation, asked.attempt());
        refuseIf(
                operation.goesBack(),
                RejectionCode.WRONG_STATE,
                "operation " + asked.operation() + " is to be rolled back; it cannot be resumed");
        return Decision.of(goOn(state, operation));
    }

    /** The same order with the same attempt: the host goes on with it, or sends its report again. */
    private static Decision remind(InFlight operation, Facts facts, int attempt) {
        refuseIf(
                attempt < operation.attempt(),
                RejectionCode.WRONG_STATE,
                "attempt " + attempt + " at operation " + operation.operation() + " is over; it is at attempt "
                        + operation.attempt());
        boolean silent = facts.host().isEmpty() || facts.host().get().silent();
        if (!silent) {
            return Decision.of(operation.work());
        }
        return operation.phase() == Phase.STALLED
                ? new Decision.Accepted(List.of())
                : Decision.of(new OperationStalled(operation.operation(), operation.attempt()));
    }

    static Decision retry(DomainState state, RetryOperation asked) {
        InFlight operation = inFlight(state, asked.operation());
        refuseIf(
                operation.phase() != Phase.NEEDS_ATTENTION,
                RejectionCode.WRONG_STATE,
                "operation " + asked.operation() + " goes on by itself; only one that needs attention can be retried");
        return Decision.of(goOn(state, operation));
    }

    private static HostWork goOn(DomainState state, InFlight operation) {
        HostOperationFailed failed = operation.failed().orElseThrow();
        int attempt = operation.attempt() + 1;
        Recovery way = failed.next() == Recovery.NONE ? Rollback.way(operation.work(), failed.run()) : failed.next();
        return switch (way) {
            case ROLL_BACK ->
                new RollbackRequested(
                        operation.operation(),
                        attempt,
                        state.definition().orElse(operation.opening().definition()),
                        operation.work() instanceof ResumeRequested
                                ? Rollback.streamsBack(operation.opening())
                                : Rollback.back(operation.work(), failed.run(), failed.leftovers()));
            case RESUME ->
                new ResumeRequested(
                        operation.operation(),
                        attempt,
                        operation.opening().definition(),
                        Rollback.forward(operation.work(), failed.run()));
            case NONE -> throw new IllegalStateException("there is always a way");
        };
    }

    /** Only the attempt that comes next is begun, and only when the one before has failed. */
    private static void requireNext(InFlight operation, int attempt) {
        refuseIf(
                operation.withHost()
                        || operation.phase() == Phase.NEEDS_ATTENTION
                        || attempt != operation.attempt() + 1,
                RejectionCode.WRONG_STATE,
                "operation " + operation.operation() + " is at attempt " + operation.attempt()
                        + (operation.withHost() ? ", which its host has in hand" : "") + "; attempt " + attempt
                        + " is not what comes next");
    }

    static InFlight inFlight(DomainState state, OperationId id) {
        Optional<InFlight> operation =
                state.inFlight().filter(o -> o.operation().equals(id));
        return operation.orElseThrow(() -> new RejectedException(Rejection.ofOperation(
                RejectionCode.OPERATION_NOT_FOUND, "operation " + id + " is not in flight in this domain", id)));
    }
}
