package io.snapledger.standalone.cli;

import io.snapledger.schema.query.OperationView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Work of others that is looked at again and again until it is done, with a bar on a terminal.
 *
 * <p>A service that does not answer in between may be starting again: it is asked on, up to the deadline.
 *
 * @param goesOn what is said when the time is over before the work is
 */
record Watch(Deadline deadline, Progress progress, String goesOn) {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    /**
     * The first that is seen done.
     *
     * @param first as it was seen before
     * @throws OutOfReachException when there is none in time
     */
    <T> T until(T first, Supplier<T> look, Predicate<T> done, Function<T, Optional<OperationView.Progress>> reached) {
        try {
            T seen = first;
            while (!done.test(seen)) {
                if (deadline.passed()) {
                    throw new OutOfReachException(goesOn);
                }
                Optional<OperationView.Progress> now = reached.apply(seen);
                progress.still(() -> now);
                LockSupport.parkNanos(deadline.left(LOOK_AGAIN).toNanos());
                seen = again(look, seen);
            }
            return seen;
        } finally {
            progress.end();
        }
    }

    private <T> T again(Supplier<T> look, T before) {
        try {
            return look.get();
        } catch (OutOfReachException e) {
            if (deadline.passed()) {
                throw new OutOfReachException(goesOn, e);
            }
            return before;
        }
    }
}
