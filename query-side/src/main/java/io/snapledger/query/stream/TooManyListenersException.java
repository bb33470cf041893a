package io.snapledger.query.stream;

/** As many listen as are let in. */
public final class TooManyListenersException extends RuntimeException {
    TooManyListenersException(String message) {
        super(message);
    }
}
