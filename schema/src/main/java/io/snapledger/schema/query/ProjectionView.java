package io.snapledger.schema.query;

/**
 * How far a projection is.
 *
 * @param position all of the log up to here is applied
 * @param head the last position of the log
 * @param lag how many positions lie between
 * @param applied entries applied since the start of the process
 */
public record ProjectionView(String name, State state, long position, long head, long lag, long applied) {

    /** What the projection is doing. */
    public enum State {
        FOLLOWING,
        REPLAYING,
        FAILED
    }
}
