package io.snapledger.schema.operation;

/** What went wrong on a host, with its evidence. */
public sealed interface Failure {

    /** One sentence: what was wanted, what was found. */
    String message();

    /** A program ended badly; {@code command} is its argument list as a line, {@code stderr} its last lines. */
    record ToolFailed(String message, String command, int exitCode, String stderr) implements Failure {}

    /** The monitor refused a command. {@code errorClass} is QMP's, for example {@code GenericError}. */
    record MonitorRefused(String message, String command, String errorClass) implements Failure {}

    /** The host is not as it must be: a file is there or is not, a header differs, space is short. */
    record HostRefused(String message) implements Failure {}

    /** A deadline of the executor expired. */
    record DeadlineExpired(String message, long millis) implements Failure {}

    /** Someone wished it to end before it was done; the work was ended for that and for nothing else. */
    record Cancelled(String message) implements Failure {}

    /** The connection to the guest's monitor broke. */
    record ConnectionLost(String message) implements Failure {}
}
