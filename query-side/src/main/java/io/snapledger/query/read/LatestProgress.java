package io.snapledger.query.read;

import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What was last heard of each operation that is at a long step. It lives in memory, belongs to no position of the log and
 * forgets what it has not heard of for a while, and what has ended. Safe for many threads.
 */
public final class LatestProgress {
    private static final int MOST = 10_000;

    /** A host tells several times a second, so one that has not for so long has stopped or cannot be heard. */
    private static final Duration FRESH = Duration.ofSeconds(30);

    private final LongSupplier nanoTime;
    private final Map<OperationId, Heard> heard = new LinkedHashMap<>();

    private record Heard(OperationProgress progress, long at) {}

    public LatestProgress() {
        this(System::nanoTime);
    }

    LatestProgress(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes a word of a host; the operations not heard of for longest make room. */
    public synchronized void heard(OperationProgress progress) {
        heard.remove(progress.operation());
        heard.put(progress.operation(), new Heard(progress, nanoTime.getAsLong()));
        if (heard.size() > MOST) {
            heard.remove(heard.keySet().iterator().next());
        }
    }

    /** The operation with how far its step is, while it goes on. */
    OperationView shown(OperationView operation) {
        return goesOn(operation.state())
                ? fresh(operation.id())
                        .filter(p -> p.attempt() == operation.attempt())
                        .map(p -> operation.with(new OperationView.Progress(
                                p.percent(),
                                Optional.of(p.doneBytes()),
                                Optional.of(p.totalBytes()),
                                Optional.of(p.step()))))
                        .orElse(operation)
                : forgotten(operation);
    }

    private static boolean goesOn(OperationState state) {
        return switch (state) {
            case REQUESTED, ROLLING_BACK, RETRYING -> true;
            case STALLED, SUCCEEDED, ROLLED_BACK, CANCELLED, ABANDONED, NEEDS_ATTENTION -> false;
        };
    }

    private synchronized OperationView forgotten(OperationView operation) {
        heard.remove(operation.id());
        return operation;
    }

    private synchronized Optional<OperationProgress> fresh(OperationId id) {
        Heard last = heard.get(id);
        if (last != null && nanoTime.getAsLong() - last.at() > FRESH.toNanos()) {
            heard.remove(id);
            return Optional.empty();
        }
        return Optional.ofNullable(last).map(Heard::progress);
    }

    synchronized int size() {
        return heard.size();
    }
}
