package io.snapledger.query.view;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where readers wait for a position to be applied. Followers in this process wake them at once; what another process
 * applied is seen a little later. Safe for use by many threads.
 */
public final class Arrivals {
    private static final Duration OTHER_PROCESSES = Duration.ofMillis(100);

    private final Slots slots;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition applied = lock.newCondition();

    public Arrivals(Slots slots) {
        this.slots = slots;
    }

    /** Something was applied, or readers look at other rows now. */
    public void signal() {
        lock.lock();
        try {
            applied.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until readers of the projection see the position.
     *
     * @return false when the deadline came first
     */
    public boolean await(String projection, long position, Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        lock.lock();
        try {
            while (slots.live(projection).position() < position) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                boolean _ = applied.await(Math.min(left, OTHER_PROCESSES.toNanos()), TimeUnit.NANOSECONDS);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
