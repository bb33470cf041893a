package io.snapledger.executor.run;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the journal forget what ended long ago: at once, and every day from then on. */
public final class Pruning implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pruning.class);
    private static final Duration EVERY = Duration.ofDays(1);

    private final ScheduledExecutorService days = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pruning").factory());

    private Pruning() {}

    public static Pruning start(SqliteJournal journal, InstantSource clock) {
        Pruning pruning = new Pruning();
        var _ = pruning.days.scheduleWithFixedDelay(
                () -> prune(journal, clock), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return pruning;
    }

    private static void prune(SqliteJournal journal, InstantSource clock) {
        try {
            journal.prune(clock);
        } catch (JournalException e) {
            log.warn("the journal is not pruned", e);
        }
    }

    @Override
    public void close() {
        days.shutdownNow();
    }
}
