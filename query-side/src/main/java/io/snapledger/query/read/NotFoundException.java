package io.snapledger.query.read;

/** What was asked about is not there; the message names it and says where to look. */
public final class NotFoundException extends RuntimeException {
    public NotFoundException(String message) {
        super(message);
    }
}
