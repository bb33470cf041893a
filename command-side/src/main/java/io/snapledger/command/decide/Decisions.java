package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.RejectionCode;

/** What follows from a command: one arm per command, each naming the method that decides. */
public final class Decisions {
    private Decisions() {}

    /**
     * Decides. The same arguments give the same decision.
     *
     * <p>When another domain has claimed what the events claim ({@link Claims#claimedBy}), the caller asks again with
     * {@link Facts#takenFiles()} or {@link Facts#nameTaken()}.
     */
    public static Decision decide(DomainState state, Facts facts, Request request) {
        return new Decision.Rejected(Rejection.of(
                RejectionCode.UNSUPPORTED,
                MessageNames.simple(MessageNames.of(request.command().getClass())) + " is not decided yet"));
    }
}
