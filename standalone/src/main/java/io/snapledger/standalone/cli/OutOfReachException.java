package io.snapledger.standalone.cli;

/** The service did not answer, or not in time; what became of the wish is not known here. Exit status 3. */
final class OutOfReachException extends RuntimeException {
    OutOfReachException(String message) {
        super(message);
    }

    OutOfReachException(String message, Throwable cause) {
        super(message, cause);
    }
}
