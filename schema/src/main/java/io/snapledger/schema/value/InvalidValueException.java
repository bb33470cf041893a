package io.snapledger.schema.value;

/**
 * A value that a client gave and that cannot be what it claims to be. It carries the code with which the command is
 * rejected; the message names the value and says what would work.
 */
public final class InvalidValueException extends IllegalArgumentException {
    private final RejectionCode code;
    private final String reason;

    public InvalidValueException(RejectionCode code, String message) {
        super(message);
        this.code = code;
        this.reason = message;
    }

    public RejectionCode code() {
        return code;
    }

    /** The message, which this exception always has. */
    public String reason() {
        return reason;
    }
}
