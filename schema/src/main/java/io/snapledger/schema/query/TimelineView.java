package io.snapledger.schema.query;

import io.snapledger.schema.value.OperationId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One operation from the command to the last step on its host, and what took it back later, in the order of the log. */
public record TimelineView(OperationView operation, List<Moment> moments) {
    public TimelineView {
        moments = List.copyOf(moments);
    }

    /**
     * Something that happened.
     *
     * @param at by the intake's clock; of a command that was sent, by the client's; of a step, reckoned back from the report
     *     that told of it
     * @param position its place in the log; a step has none
     * @param operation whose it is: this one, or one that takes it back
     * @param name the type of the command or event, or what the step makes so
     * @param attempt of a step and of what asks for steps
     * @param step its index in the attempt's plan
     * @param millis how long the step took
     */
    public record Moment(
            Instant at,
            Optional<Long> position,
            What what,
            OperationId operation,
            String name,
            Optional<Integer> attempt,
            Optional<Integer> step,
            Optional<Long> millis,
            Optional<AuditView.Outcome> outcome,
            Optional<String> actor,
            Optional<String> message) {}

    /** What kind of moment it is. */
    public enum What {
        COMMAND_SENT,
        COMMAND_DECIDED,
        EVENT,
        STEP_BEGUN,
        STEP_ENDED
    }
}
