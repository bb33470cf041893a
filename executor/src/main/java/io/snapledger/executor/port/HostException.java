package io.snapledger.executor.port;

import io.snapledger.schema.operation.Failure;

/**
 * Host work that did not succeed; it carries the {@link Failure} that is reported. A port throws it, the runner turns it
 * into an outcome, nobody else catches it.
 */
public final class HostException extends Exception {
    private final transient Failure failure;

    public HostException(Failure failure) {
        super(failure.message());
        this.failure = failure;
    }

    public HostException(Failure failure, Throwable cause) {
        super(failure.message(), cause);
        this.failure = failure;
    }

    /** The host is not as it must be. */
    public static HostException refused(String message) {
        return new HostException(new Failure.HostRefused(message));
    }

    public static HostException refused(String message, Throwable cause) {
        return new HostException(new Failure.HostRefused(message), cause);
    }

    public Failure failure() {
        return failure;
    }

    /** Whether nobody knows if the work took effect: a deadline expired or a connection broke. */
    public boolean outcomeUnknown() {
        return switch (failure) {
            case Failure.DeadlineExpired _, Failure.ConnectionLost _ -> true;
            case Failure.ToolFailed _, Failure.MonitorRefused _, Failure.HostRefused _ -> false;
        };
    }
}
