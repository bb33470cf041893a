package io.snapledger.query.http;

/** The service answers, but not with all that it should. */
final class NotReadyException extends RuntimeException {
    NotReadyException(String message) {
        super(message);
    }
}
