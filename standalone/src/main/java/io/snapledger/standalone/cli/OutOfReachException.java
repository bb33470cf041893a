package io.snapledger.standalone.cli;

import io.snapledger.runtime.kafka.KafkaAccess;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** The service did not answer, or not in time; what became of the wish is not known here. Exit status 3. */
final class OutOfReachException extends RuntimeException {
    OutOfReachException(String message) {
        super(message);
    }

    OutOfReachException(String message, Throwable cause) {
        super(message, cause);
    }

    static OutOfReachException kafka(KafkaAccess kafka, Exception e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        return new OutOfReachException(
                "Kafka at " + kafka.servers() + " does not answer ("
                        + Optional.ofNullable(cause.getMessage())
                                .orElse(cause.getClass().getSimpleName())
                        + "); is the service up, and is --bootstrap or SNAPLEDGER_BOOTSTRAP right?",
                e);
    }
}
