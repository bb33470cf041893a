package io.snapledger.command.decide;

import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;

/**
 * The way from a rule that refuses to {@link Decisions}, which alone catches it and makes it a value; it lets the plan of an
 * operation read straight on.
 */
final class RejectedException extends RuntimeException {
    private final transient Rejection rejection;

    RejectedException(Rejection rejection) {
        super(rejection.message(), null, false, false);
        this.rejection = rejection;
    }

    RejectedException(RejectionCode code, String message) {
        this(Rejection.of(code, message));
    }

    Rejection rejection() {
        return rejection;
    }

    static void refuseIf(boolean condition, RejectionCode code, String message) {
        if (condition) {
            throw new RejectedException(code, message);
        }
    }

    static RejectedException unsupported(String message) {
        return new RejectedException(RejectionCode.UNSUPPORTED, message);
    }
}
