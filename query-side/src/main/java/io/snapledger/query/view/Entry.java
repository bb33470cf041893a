package io.snapledger.query.view;

import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.value.DomainId;
import java.time.Instant;
import java.util.Optional;

/** One entry of the log as the projections take it, at its place in the log and on the intake's clock. */
public sealed interface Entry {
    long position();

    Instant at();

    DomainId domain();

    Origin origin();

    /** Something became true of a domain; {@code sequence} is the place in the domain's own stream. */
    record Happened(long position, Instant at, DomainId domain, long sequence, DomainEvent event, Origin origin)
            implements Entry {}

    /** A command for the domain, known or not, was answered. */
    record Answered(long position, Instant at, DomainId domain, Outcome outcome, Origin origin) implements Entry {}

    /**
     * Who began what led to the entry.
     *
     * @param source the sender of the command that began it all
     * @param correlation the id of that command
     */
    record Origin(Optional<String> source, Optional<String> actor, Optional<String> correlation) {
        public static final Origin UNKNOWN = new Origin(Optional.empty(), Optional.empty(), Optional.empty());
    }
}
