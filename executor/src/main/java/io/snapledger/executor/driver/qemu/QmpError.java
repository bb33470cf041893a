package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.operation.Failure;
import java.time.Duration;

/** A monitor command that brought no result, for one of three very different reasons. */
abstract sealed class QmpError extends Exception {

    QmpError(String message) {
        super(message);
    }

    abstract Failure failure();

    HostException asHost() {
        return new HostException(failure(), this);
    }

    /** QEMU said no; nothing was done. */
    static final class Refused extends QmpError {
        private final String command;
        private final String errorClass;

        Refused(String command, String errorClass, String description) {
            super(command + " refused: " + description);
            this.command = command;
            this.errorClass = errorClass;
        }

        @Override
        Failure failure() {
            return new Failure.MonitorRefused(String.valueOf(getMessage()), command, errorClass);
        }
    }

    /** The connection is gone; whether the command was carried out is not known. */
    static final class Disconnected extends QmpError {
        Disconnected(String message) {
            super(message);
        }

        @Override
        Failure failure() {
            return new Failure.ConnectionLost(String.valueOf(getMessage()));
        }
    }

    /** No answer came in time; the command may still be carried out. */
    static final class TimedOut extends QmpError {
        private final Duration deadline;

        TimedOut(String what, Duration deadline) {
            super(what + " did not come within " + deadline.toMillis() + " ms");
            this.deadline = deadline;
        }

        @Override
        Failure failure() {
            return new Failure.DeadlineExpired(String.valueOf(getMessage()), deadline.toMillis());
        }
    }
}
