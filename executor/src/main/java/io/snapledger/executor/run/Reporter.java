package io.snapledger.executor.run;

import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.DomainId;

/** Where the executor tells what it did and what it sees. Does not block; what is told of one domain arrives in order. */
public interface Reporter {

    /** May be told again; whoever reads it takes it once. */
    void operation(Order.Origin order, HostResult result);

    void domain(DomainId domain, Observation seen);
}
