package io.snapledger.executor.port;

import io.snapledger.schema.operation.Failure;

/**
 * Host work that did not succeed; it carries the {@link Failure} that is reported. A port throws it, the runner turns it
 * into an outcome, nobody else catches it.
 */
public final class HostException extends Exception {
    private final transient Failure failure;
    private final boolean partly;

    public HostException(Failure failure) {
        super(failure.message());
        this.failure = failure;
        this.partly = false;
    }

    public HostException(Failure failure, Throwable cause) {
        this(failure, cause, false);
    }

    /** The host is not as it must be. */
    public static HostException refused(String message) {
        return new HostException(new Failure.HostRefused(message));
    }

    public static HostException refused(String message, Throwable cause) {
        return new HostException(new Failure.HostRefused(message), cause);
    }

    /** The work was ended because that was wished, and nothing has switched over. */
    public static HostException cancelled(String message) {
        return new HostException(new Failure.Cancelled(message));
    }

    /** The same failure of work that had taken effect in part: only its reverse makes things what they were. */
    public static HostException partly(HostException e) {
        return new HostException(e.failure, e, true);
    }

    private HostException(Failure failure, Throwable cause, boolean partly) {
        super(failure.message(), cause);
        this.failure = failure;
        this.partly = partly;
    }

    public Failure failure() {
        return failure;
    }

    /** Whether the work may have taken effect: a deadline expired, a connection broke, or only a part was done. */
    public boolean outcomeUnknown() {
        return partly
                || switch (failure) {
                    case Failure.DeadlineExpired _, Failure.ConnectionLost _ -> true;
                    case Failure.ToolFailed _, Failure.MonitorRefused _, Failure.HostRefused _, Failure.Cancelled _ ->
                        false;
                };
    }
}
