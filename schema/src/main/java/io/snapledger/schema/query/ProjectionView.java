package io.snapledger.schema.query;

import io.snapledger.schema.value.DomainId;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a projection is.
 *
 * @param position all of the log up to here is applied
 * @param head the last position of the log
 * @param lag how many positions lie between
 * @param applied entries applied since the start of the process
 * @param rate entries that readers come to see in a second, in whichever process they are applied
 * @param secondsLeft after which the lag is gone at that rate; empty where it does not shrink
 * @param replay how far the rows are that are built anew; empty while none are
 * @param failure the entry that it waits at; empty while it goes on
 * @param compared how the rows of the last replay were beside those that they took the place of
 */
public record ProjectionView(
        String name,
        State state,
        long position,
        long head,
        long lag,
        long applied,
        double rate,
        Optional<Long> secondsLeft,
        Optional<Replay> replay,
        Optional<Failure> failure,
        Optional<Comparison> compared) {

    /** What the projection is doing. */
    public enum State {
        FOLLOWING,
        REPLAYING,
        /** A replay waits to be resumed; readers' rows follow the log all the same. */
        PAUSED,
        FAILED
    }

    /**
     * An entry that cannot be applied. It is tried again and again, and never passed over.
     *
     * @param type the stable name of what the entry holds
     * @param since when it was first tried
     */
    public record Failure(
            long position,
            String type,
            Optional<DomainId> domain,
            String message,
            Instant since,
            Instant last,
            long tries) {}

    /**
     * The rows of both sets at one position, by the number of rows and a checksum over them.
     *
     * @param compared false where the rows before could not come to the same position
     * @param differs which tables are unlike; empty when all are the same
     */
    public record Comparison(long position, Instant at, boolean compared, String differs) {}

    /**
     * Rows that are built anew beside those that readers see.
     *
     * @param remaining how many positions of the log they have not taken yet
     * @param rate entries applied in a second
     * @param secondsLeft until they can take the place of the others, at that rate; empty while it is not known
     */
    public record Replay(
            long position, long remaining, int percent, double rate, Optional<Long> secondsLeft, boolean paused) {}
}
