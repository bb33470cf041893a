package io.snapledger.servers;

/**
 * A server could not be started, reached or stopped. The message says what was wanted, what was found and what to do;
 * where the server wrote a log, its last lines are part of the message.
 */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what was wanted, what was found and what to do */
    public ServerException(String message) {
        super(message);
    }

    /** As {@link #ServerException(String)}, with what it came of. */
    public ServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
