package io.snapledger.command.domain;

import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.value.OperationId;
import java.util.Optional;

/**
 * The operation that holds the domain now.
 *
 * @param opening what was asked of the host, as last decided
 * @param work what the host was asked last: the opening itself, its inverse, or the rest of it
 * @param tries how often an attempt failed
 * @param failed how the last work ended; empty while the host has it
 * @param cause the first failure, which the operation ends with when it is rolled back
 * @param cancelling whether the host has been asked to end it
 * @param effects what is known of its steps so far
 */
public record InFlight(
        Opening opening,
        HostWork work,
        Phase phase,
        int tries,
        Optional<HostOperationFailed> failed,
        Optional<Failure> cause,
        boolean cancelling,
        TookEffect effects) {

    /** How far it is. */
    public enum Phase {
        RUNNING,
        ROLLING_BACK,
        RETRYING,
        STALLED,
        NEEDS_ATTENTION
    }

    static InFlight opened(Opening opening) {
        return new InFlight(
                opening, opening, Phase.RUNNING, 0, Optional.empty(), Optional.empty(), false, TookEffect.NONE);
    }

    public OperationId operation() {
        return opening.operation();
    }

    /** The number of the last attempt that the host was asked for. */
    public int attempt() {
        return work.attempt();
    }

    /** Whether the host has been asked and has not told yet how it went. */
    public boolean withHost() {
        return failed.isEmpty();
    }

    InFlight asked(HostWork other) {
        return new InFlight(opening, other, phaseOf(other), tries, Optional.empty(), cause, cancelling, effects);
    }

    InFlight stalled() {
        return new InFlight(opening, work, Phase.STALLED, tries, failed, cause, cancelling, effects);
    }

    InFlight failed(HostOperationFailed event) {
        Phase next = switch (event.next()) {
            case ROLL_BACK -> Phase.ROLLING_BACK;
            case RESUME -> Phase.RETRYING;
            case NONE -> phase;
        };
        return new InFlight(
                opening,
                work,
                next,
                tries + 1,
                Optional.of(event),
                cause.or(() -> Optional.of(event.failure())),
                cancelling,
                effects.after(work.plan(), event.run()));
    }

    /** The attempts are counted anew when a person lets it go on. */
    InFlight needsAttention() {
        return new InFlight(opening, work, Phase.NEEDS_ATTENTION, 0, failed, cause, cancelling, effects);
    }

    InFlight asToCancel() {
        return new InFlight(opening, work, phase, tries, failed, cause, true, effects);
    }

    /** Whether the way out leads back. */
    public boolean goesBack() {
        return work instanceof RollbackRequested || failed.stream().anyMatch(f -> f.next() == Recovery.ROLL_BACK);
    }

    private static Phase phaseOf(HostWork work) {
        return switch (work) {
            case Opening _ -> Phase.RUNNING;
            case RollbackRequested _ -> Phase.ROLLING_BACK;
            case ResumeRequested _ -> Phase.RETRYING;
        };
    }
}
