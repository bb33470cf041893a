package io.snapledger.query.http;

/** What was asked for belongs to the contract and is not there yet; the message says what is. */
final class UnsupportedException extends RuntimeException {
    UnsupportedException(String message) {
        super(message);
    }
}
