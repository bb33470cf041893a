package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.util.Optional;

/**
 * Host work as it was received.
 *
 * @param cause the id of the message that brought it
 * @param traceparent passed on to the report
 */
public record Order(DomainId domainId, HostWork work, String cause, Optional<String> traceparent) {

    /** One attempt at one operation; what the journal is keyed by. */
    public record Key(OperationId operation, int attempt) {
        @Override
        public String toString() {
            return operation + "/" + attempt;
        }
    }

    /** Where an order came from, for the answer to it. */
    public record Origin(DomainId domainId, Key key, String cause, Optional<String> traceparent) {}

    public Origin origin() {
        return new Origin(domainId, key(), cause, traceparent);
    }

    public Key key() {
        return new Key(work.operation(), work.attempt());
    }

    public Domain domain() {
        return new Domain(domainId, work.definition());
    }
}
