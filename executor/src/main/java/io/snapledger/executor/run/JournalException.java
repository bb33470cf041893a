package io.snapledger.executor.run;

/** The journal cannot be read or written: the executor must not go on. */
public final class JournalException extends RuntimeException {
    public JournalException(String message) {
        super(message);
    }

    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}
