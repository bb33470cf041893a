package io.snapledger.standalone.demo;

import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** What the demo's guests do, as soon as they do it. */
final class Guests {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long LOOK_AGAIN = Duration.ofMillis(20).toNanos();

    private final Place place;

    Guests(Place place) {
        this.place = place;
    }

    /** The counters as soon as they are as wanted. */
    Counters await(DomainId domain, String what, Predicate<Counters> wanted) throws IOException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        Counters now = place.counters(domain);
        while (!wanted.test(now)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        what + " did not happen within " + DEADLINE + ", the guest is at " + now);
            }
            LockSupport.parkNanos(LOOK_AGAIN);
            now = place.counters(domain);
        }
        return now;
    }
}
