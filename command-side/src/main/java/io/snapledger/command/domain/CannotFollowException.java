package io.snapledger.command.domain;

import io.snapledger.schema.domain.DomainEvent;

/** An event that cannot follow the state before it: the log is corrupt, or the rules are. */
public final class CannotFollowException extends IllegalStateException {
    CannotFollowException(DomainState state, DomainEvent event, IllegalStateException reason) {
        super(event + " cannot follow " + summary(state) + ": " + reason.getMessage(), reason);
    }

    private static String summary(DomainState state) {
        return state.definition()
                .map(d -> "domain " + d.name() + " with " + state.snapshots().size() + " snapshots, current "
                        + state.snapshots().current().map(Object::toString).orElse("none") + ", "
                        + state.inFlight()
                                .map(o -> "operation " + o.operation() + " attempt " + o.attempt() + " in flight")
                                .orElse("no operation in flight"))
                .orElse("a domain that is not defined");
    }
}
