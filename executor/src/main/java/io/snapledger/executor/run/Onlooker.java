package io.snapledger.executor.run;

import io.snapledger.schema.operation.OperationProgress;

/** Who is told how far long steps are. Does not block, and may forget. Safe for many threads. */
@FunctionalInterface
public interface Onlooker {
    Onlooker NOBODY = _ -> {};

    void reached(OperationProgress progress);
}
