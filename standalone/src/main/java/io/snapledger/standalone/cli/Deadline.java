package io.snapledger.standalone.cli;

import java.time.Duration;

/** The moment at which the user's patience ends, on the monotonic clock. */
record Deadline(Duration whole, long nanos) {

    static Deadline in(Duration whole) {
        return new Deadline(whole, System.nanoTime() + whole.toNanos());
    }

    /** What is left, but never less than a millisecond, so that it can be given to whoever waits. */
    Duration left() {
        long left = nanos - System.nanoTime();
        return left < 1_000_000 ? Duration.ofMillis(1) : Duration.ofNanos(left);
    }

    Duration left(Duration most) {
        Duration left = left();
        return left.compareTo(most) < 0 ? left : most;
    }

    boolean passed() {
        return System.nanoTime() - nanos >= 0;
    }

    /** For messages: {@code 60s} or {@code 500ms}. */
    String shown() {
        return whole.toMillis() % 1_000 == 0 ? whole.toSeconds() + "s" : whole.toMillis() + "ms";
    }
}
