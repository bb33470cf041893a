package io.snapledger.schema.query;

/**
 * How far an operation is.
 *
 * <pre>
 * requested ──► succeeded
 *     ├──► rollingBack ──► rolledBack
 *     ├──► retrying ──► succeeded            (past the point of no return)
 *     ├──► stalled ──► as before             (the host is silent)
 *     ├──► cancelled                         (someone wished so)
 *     └──► needsAttention ──► abandoned      (a person must look, and may give it up)
 * </pre>
 */
public enum OperationState {
    REQUESTED,
    ROLLING_BACK,
    RETRYING,
    STALLED,
    SUCCEEDED,
    ROLLED_BACK,
    CANCELLED,
    ABANDONED,
    NEEDS_ATTENTION
}
