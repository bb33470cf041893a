package io.snapledger.runtime.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running parts of a process in the order they were started; closing stops them in reverse.
 *
 * <pre>
 * starting ── start, start, … ──▶ running ── close ──▶ stopped
 *     └────── a start fails: what runs is stopped ────────▲
 * </pre>
 *
 * <p>Parts are started by one thread. {@code close} may come from any thread, such as a shutdown hook in the middle of a
 * start: the part that is being started is then stopped as soon as it runs.
 */
public final class Lifecycle implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Part> running = new ArrayDeque<>();
    private boolean closed;

    /** @param name what all the parts together are, for the log */
    public Lifecycle(String name) {
        this.name = name;
    }

    private record Part(String name, AutoCloseable stop) {}

    /**
     * Starts a part.
     *
     * @return what was started
     * @throws LifecycleException when it cannot start, or all was closed in the meantime; what runs is stopped by then,
     *     and errors of that are suppressed in the first
     */
    public <T extends AutoCloseable> T start(String part, Callable<T> start) {
        T started;
        try {
            requireOpen(part);
            started = start.call();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw failed(new LifecycleException("%s: cannot start %s: %s".formatted(name, part, e.getMessage()), e));
        }
        onStop(part, started);
        LOG.info("{}: {} started", name, part);
        return started;
    }

    /**
     * Registers something to be done when all is stopped, at this place of the order.
     *
     * @throws LifecycleException when all was closed in the meantime; it is done by then
     */
    public void onStop(String part, AutoCloseable stop) {
        lock.lock();
        try {
            if (!closed) {
                running.push(new Part(part, stop));
                return;
            }
        } finally {
            lock.unlock();
        }
        var late = new LifecycleException("%s: stopped while %s was starting".formatted(name, part));
        stop(new Part(part, stop), late);
        throw late;
    }

    /**
     * Stops all parts, last first; each is tried, whatever became of the others. A repeat does nothing.
     *
     * @throws LifecycleException when a part could not be stopped; later errors are suppressed in it
     */
    @Override
    public void close() {
        var first = stopAll(null);
        if (first != null) {
            throw first;
        }
    }

    private LifecycleException failed(LifecycleException first) {
        stopAll(first);
        return first;
    }

    private @Nullable LifecycleException stopAll(@Nullable LifecycleException earlier) {
        var first = earlier;
        for (var part = next(); part != null; part = next()) {
            first = stop(part, first);
        }
        return first;
    }

    private @Nullable Part next() {
        lock.lock();
        try {
            closed = true;
            return running.poll();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable LifecycleException stop(Part part, @Nullable LifecycleException first) {
        try {
            part.stop().close();
            LOG.info("{}: {} stopped", name, part.name());
            return first;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            var failure =
                    new LifecycleException("%s: cannot stop %s: %s".formatted(name, part.name(), e.getMessage()), e);
            if (first == null) {
                return failure;
            }
            first.addSuppressed(failure);
            return first;
        }
    }

    private void requireOpen(String part) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("all is stopped, and " + part + " comes too late");
            }
        } finally {
            lock.unlock();
        }
    }
}
