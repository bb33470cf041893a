package io.snapledger.standalone.faults;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition, with a deadline. */
public final class Waiting {
    private static final long PAUSE = Duration.ofMillis(50).toNanos();

    private Waiting() {}

    public static void until(Duration deadline, Supplier<String> otherwise, BooleanSupplier condition) {
        long end = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise.get() + " after " + deadline);
            }
            LockSupport.parkNanos(PAUSE);
        }
    }
}
