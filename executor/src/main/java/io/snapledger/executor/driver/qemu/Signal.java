package io.snapledger.executor.driver.qemu;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes a waiting thread; a signal that came before the wait is not lost. */
final class Signal {
    private final Semaphore permits = new Semaphore(0);

    void raise() {
        permits.release();
    }

    /** Until the next signal, which gives true, or until the time is over. */
    boolean await(Duration time) throws QmpError {
        try {
            boolean raised = permits.tryAcquire(time.toMillis(), TimeUnit.MILLISECONDS);
            permits.drainPermits();
            return raised;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QmpError.Disconnected("stopped while waiting");
        }
    }
}
