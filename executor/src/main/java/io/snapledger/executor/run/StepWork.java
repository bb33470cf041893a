package io.snapledger.executor.run;

import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.operation.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One step while it runs. What is told of it goes on only when it is a long one, so that a short one costs nothing. Safe
 * for many threads.
 */
final class StepWork implements LongWork {
    private static final Duration LONG = Duration.ofMillis(200);

    private final Order order;
    private final int index;
    private final Step step;
    private final Onlooker onlooker;
    private final long begun = System.nanoTime();
    private volatile long total;
    private volatile boolean told;
    private volatile boolean cancelled;
    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();

    StepWork(Order order, int index, Step step, Onlooker onlooker) {
        this.order = order;
        this.index = index;
        this.step = step;
        this.onlooker = onlooker;
    }

    @Override
    public void reached(long doneBytes, long totalBytes) {
        if (totalBytes > 0 && System.nanoTime() - begun > LONG.toNanos()) {
            total = totalBytes;
            told = true;
            tell(Math.clamp(doneBytes, 0, totalBytes));
        }
    }

    /** From now on it is to end, if it still can. A repeat does nothing. */
    void cancel() {
        cancelled = true;
        wakes.forEach(Runnable::run);
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    @Override
    public Listening onCancel(Runnable wake) {
        wakes.add(wake);
        if (cancelled) {
            wake.run();
        }
        return () -> wakes.remove(wake);
    }

    /** Who has heard of it hears also that all is there. */
    void done() {
        if (told) {
            tell(total);
        }
    }

    private void tell(long done) {
        onlooker.reached(new OperationProgress(
                order.domainId(),
                order.key().operation(),
                order.key().attempt(),
                index,
                Words.of(step.getClass()),
                done,
                total,
                OperationProgress.percent(done, total),
                Instant.now()));
    }
}
