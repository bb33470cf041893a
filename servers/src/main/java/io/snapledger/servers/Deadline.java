package io.snapledger.servers;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A moment after which waiting is given up. */
public final class Deadline {
    private static final long PAUSE_NANOS = Duration.ofMillis(15).toNanos();

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    public boolean passed() {
        return System.nanoTime() - end >= 0;
    }

    /** Waits a few milliseconds before the condition is looked at again; a thread's interruption is its wish to end. */
    public void pause() {
        if (Thread.currentThread().isInterrupted()) {
            throw new ServerException("interrupted while waiting for a server");
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }
}
