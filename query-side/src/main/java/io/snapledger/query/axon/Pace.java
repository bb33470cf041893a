package io.snapledger.query.axon;

import io.snapledger.query.view.Slots.Place;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How fast a set of rows comes on, from how far it was at times; so it counts what all processes apply together. What is long
 * past counts less and less. Safe for use by many threads.
 */
final class Pace {
    private static final double SECOND = 1e9;
    private static final double HALF_LIFE = 5;

    private final LongSupplier nanoTime;
    private Optional<Place> last = Optional.empty();
    private long at;
    private double rate;

    Pace(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The rows are there now; other rows than before begin anew. */
    synchronized void seen(Optional<Place> place) {
        long now = nanoTime.getAsLong();
        boolean same = last.isPresent()
                && place.isPresent()
                && last.get().slot() == place.get().slot()
                && last.get().position() <= place.get().position();
        if (same) {
            double seconds = (now - at) / SECOND;
            if (seconds > 0) {
                double newest = (place.get().position() - last.get().position()) / seconds;
                double old = Math.pow(0.5, seconds / HALF_LIFE);
                rate = rate == 0 ? newest : old * rate + (1 - old) * newest;
            }
        } else {
            rate = 0;
        }
        last = place;
        at = now;
    }

    /** Positions in a second. */
    synchronized double rate() {
        return Math.round(rate * 10) / 10.0;
    }

    /** Seconds until so many more positions are done; empty when nothing moves. */
    synchronized Optional<Long> left(long positions) {
        return positions == 0
                ? Optional.of(0L)
                : rate < 0.1 ? Optional.empty() : Optional.of((long) Math.ceil(positions / rate));
    }
}
