package io.snapledger.command.decide;

import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Rejection;
import java.util.List;

/** What follows from a command. */
public sealed interface Decision {
    /** The events that became true; none when the command told nothing new. */
    record Accepted(List<DomainEvent> events) implements Decision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /** Nothing happens. */
    record Rejected(Rejection rejection) implements Decision {}

    static Decision of(DomainEvent... events) {
        return new Accepted(List.of(events));
    }
}
