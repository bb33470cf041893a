package io.snapledger.command.decide;

import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;

/** The commands of the contract that are not done yet, each with what works in its place. */
final class Unsupported {
    private Unsupported() {}

    static Decision abandon() {
        return refused("AbandonOperation is not supported yet; put right what is wrong on the host, then send"
                + " RetryOperation");
    }

    private static Decision refused(String message) {
        return new Decision.Rejected(Rejection.of(RejectionCode.UNSUPPORTED, message));
    }
}
