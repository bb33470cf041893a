package io.snapledger.query.read;

import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private final LinkedHashMap<OperationId, Word> words = new LinkedHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private long last;

    /** The {@code number}th that was heard. */
    private record Word(OperationProgress progress, long at, long number) {}

    /** What was heard up to the {@code last}: of each operation its newest, the one heard first before the others. */
    public record Heard(List<OperationProgress> all, long last) {}

    public LatestProgress() {
        this(System::nanoTime);
    }

    LatestProgress(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes a word of a host; the operations not heard of for longest make room. */
    public void heard(OperationProgress progress) {
        note(progress);
        listeners.forEach(Runnable::run);
    }

    private synchronized void note(OperationProgress progress) {
        last++;
        words.putLast(progress.operation(), new Word(progress, nanoTime.getAsLong(), last));
        if (words.size() > MOST) {
            words.pollFirstEntry();
        }
    }

    /** Runs each time that something was heard; must not wait. */
    public void onHeard(Runnable listener) {
        listeners.add(listener);
    }

    /** How much was heard so far. */
    public synchronized long last() {
        return last;
    }

    /** What was heard since {@link #last()} was that. */
    public synchronized Heard after(long number) {
        return new Heard(
                words.sequencedValues().reversed().stream()
                        .takeWhile(word -> word.number() > number)
                        .map(Word::progress)
                        .toList()
                        .reversed(),
                last);
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
        words.remove(operation.id());
        return operation;
    }

    private synchronized Optional<OperationProgress> fresh(OperationId id) {
        Word word = words.get(id);
        if (word != null && nanoTime.getAsLong() - word.at() > FRESH.toNanos()) {
            words.remove(id);
            return Optional.empty();
        }
        return Optional.ofNullable(word).map(Word::progress);
    }

    synchronized int size() {
        return words.size();
    }
}
