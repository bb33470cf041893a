package io.snapledger.query.http;

/** The client takes none of the forms in which the route answers. */
final class NotAcceptableException extends RuntimeException {
    NotAcceptableException(String message) {
        super(message);
    }
}
