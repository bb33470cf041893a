package io.snapledger.schema.domain;

import io.snapledger.schema.value.OperationId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What became of a command at the intake. Outcomes are entries of the log beside the domains' own streams: neither
 * {@code evolve} nor {@code sequence} sees them; replies and audit are folded from them.
 */
public sealed interface Outcome {

    /**
     * A command was decided. {@code data} is its JSON as it came (cut at 16 KiB), {@code time} the client's clock.
     *
     * @param type the command's name without prefix and version, for example {@code CreateSnapshot}
     */
    record CommandDecided(
            String type,
            String source,
            String id,
            Optional<String> actor,
            Optional<Instant> time,
            Optional<String> reason,
            String data,
            Verdict verdict)
            implements Outcome {}

    /** A command that was decided before came again; every reply so far goes out once more. */
    record CommandRepeated(String source, String id) implements Outcome {}

    /** Yes or no. */
    sealed interface Verdict {

        /** With a {@code rehearsal} nothing was changed. */
        record Accepted(Optional<OperationId> operation, List<Reply.EventRef> events, Optional<Rehearsal> rehearsal)
                implements Verdict {
            public Accepted {
                events = List.copyOf(events);
            }
        }

        record Rejected(Rejection rejection) implements Verdict {}
    }
}
