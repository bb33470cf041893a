package io.snapledger.standalone.cli;

/** The service answered, and the answer is no; or the work was begun and failed. Exit status 1. */
final class RefusedException extends RuntimeException {
    RefusedException(String message) {
        super(message);
    }
}
