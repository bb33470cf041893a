package io.snapledger.query.http;

/** The position that was waited for was not applied in time. */
final class BehindException extends RuntimeException {
    BehindException(String message) {
        super(message);
    }
}
