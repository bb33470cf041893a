package io.snapledger.command;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition, with a deadline. */
final class Waiting {
    static final Duration LONG = Duration.ofSeconds(30);
    private static final long PAUSE = Duration.ofMillis(10).toNanos();

    private Waiting() {}

    static void until(Supplier<String> otherwise, BooleanSupplier condition) {
        until(LONG, otherwise, condition);
    }

    static void until(Duration longest, Supplier<String> otherwise, BooleanSupplier condition) {
        long end = System.nanoTime() + longest.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise.get() + " after " + longest);
            }
            LockSupport.parkNanos(PAUSE);
        }
    }
}
