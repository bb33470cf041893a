package io.snapledger.query.http;

/** The client did not show the token that is configured. */
final class RefusedException extends RuntimeException {
    RefusedException(String message) {
        super(message);
    }
}
