package io.snapledger.standalone.chaos;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for a condition, with a deadline. */
final class Waiting {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(25);

    private Waiting() {}

    /** Whether it came true in time. */
    static boolean until(Duration atMost, BooleanSupplier condition) {
        return until(atMost, LOOK_AGAIN, condition);
    }

    /** The same for what costs something to ask. */
    static boolean until(Duration atMost, Duration lookAgain, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(lookAgain);
        }
        return true;
    }

    static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
