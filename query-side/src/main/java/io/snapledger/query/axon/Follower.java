package io.snapledger.query.axon;

import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.Failures;
import io.snapledger.query.view.Failures.Failed;
import io.snapledger.query.view.Outage;
import io.snapledger.query.view.Projection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.Slots.Place;
import io.snapledger.query.view.UnreadableEntryException;
import io.snapledger.schema.message.MessageNames;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that applies the log to one set of rows of one projection, batch by batch, from where the rows are. When a batch
 * fails its entries are applied one by one, up to the one that cannot be: that one is kept where everybody sees it, and is
 * tried again after a pause that grows, or when somebody asks for it. It never skips an entry.
 */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int BATCH = 500;
    private static final Duration IDLE = Duration.ofMillis(250);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Projection projection;
    private final Kind kind;
    private final Feed feed;
    private final Slots slots;
    private final Arrivals arrivals;
    private final AtomicLong applied;
    private final Failures failures;
    private final BlockingQueue<Wake> wakes = new LinkedBlockingQueue<>();
    private volatile boolean closed;
    private int most = BATCH;
    private Duration pause = FIRST_PAUSE;
    private volatile Optional<RuntimeException> failure = Optional.empty();
    private final Thread thread;

    /** Which rows are followed. */
    enum Kind {
        /** Those that readers look at, whichever they are; without end. */
        LIVE,
        /** Those that a replay builds, until readers look at them. */
        REPLAY
    }

    /** What ends a pause before its time. */
    private enum Wake {
        END,
        RETRY
    }

    Follower(
            Projection projection,
            Kind kind,
            Feed feed,
            Slots slots,
            Failures failures,
            Arrivals arrivals,
            AtomicLong applied) {
        this.failures = failures;
        this.projection = projection;
        this.kind = kind;
        this.feed = feed;
        this.slots = slots;
        this.arrivals = arrivals;
        this.applied = applied;
        this.thread = Thread.ofVirtual()
                .name("projection-" + projection.name() + (kind == Kind.REPLAY ? "-replay" : ""))
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    boolean running() {
        return thread.isAlive();
    }

    /** Why the last try failed; empty again once a batch was applied. */
    Optional<RuntimeException> failure() {
        return failure;
    }

    /** Tries again at once what it waits for. */
    void retry() {
        wakes.add(Wake.RETRY);
    }

    /** Lets it end after the batch that is being applied; does not wait for that. */
    void end() {
        closed = true;
        wakes.add(Wake.END);
    }

    /** Returns once it has ended. */
    @Override
    public void close() {
        end();
        try {
            if (thread.join(STOP)) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
        throw new IllegalStateException("projection " + projection.name() + " did not stop within " + STOP);
    }

    private void run() {
        try {
            boolean more = true;
            while (more && !closed) {
                more = tried();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean tried() throws InterruptedException {
        try {
            return follow();
        } catch (RuntimeException e) {
            if (most > 1 && !Outage.is(e)) {
                most = 1;
                return true;
            }
            if (failure.isEmpty()) {
                LOG.error("projection {} cannot go on; it is tried again and again", projection.name(), e);
            } else {
                LOG.warn("projection {} still cannot go on: {}", projection.name(), e.getMessage());
            }
            failure = Optional.of(e);
            Wake _ = wakes.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
            pause = longer(pause);
            return true;
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    /** @return whether there is more to follow, from another place */
    private boolean follow() throws InterruptedException {
        Optional<Place> begin = switch (kind) {
            case LIVE -> Optional.of(slots.live(projection.name()));
            case REPLAY -> slots.building(projection.name());
        };
        return begin.isPresent() && follow(begin.get());
    }

    private boolean follow(Place begin) throws InterruptedException {
        Place place = begin;
        while (!closed) {
            if (kind == Kind.REPLAY && slots.switchOver(projection, this::rest)) {
                LOG.info(
                        "the replay of projection {} has ended behind position {}",
                        projection.name(),
                        place.position());
                arrivals.signal();
                return false;
            }
            List<Entry> entries = read(place);
            if (!entries.isEmpty()) {
                long next = entries.getLast().position();
                if (!apply(place, entries, next)) {
                    return true;
                }
                place = new Place(place.slot(), next);
                failure = Optional.empty();
                pause = FIRST_PAUSE;
                most = Math.min(BATCH, 2 * most);
                applied.addAndGet(entries.size());
                arrivals.signal();
            }
        }
        return false;
    }

    private List<Entry> read(Place place) throws InterruptedException {
        try {
            return feed.after(place.position(), most, IDLE);
        } catch (UnreadableEntryException e) {
            failures.failed(
                    projection.name(),
                    place.slot(),
                    new Failed(e.position(), e.type(), Optional.of(e.domain()), message(e)));
            throw e;
        }
    }

    private boolean apply(Place place, List<Entry> entries, long next) {
        try {
            return slots.apply(projection, place, entries, next);
        } catch (RuntimeException e) {
            if (entries.size() == 1 && !Outage.is(e)) {
                failures.failed(projection.name(), place.slot(), failed(entries.getFirst(), e));
            }
            throw e;
        }
    }

    private static Failed failed(Entry entry, RuntimeException e) {
        return switch (entry) {
            case Entry.Happened happened ->
                new Failed(
                        entry.position(),
                        MessageNames.of(happened.event().getClass()),
                        Optional.of(happened.domain()),
                        message(e));
            case Entry.Answered answered ->
                new Failed(
                        entry.position(),
                        MessageNames.of(answered.outcome().getClass()),
                        Optional.of(answered.domain()),
                        message(e));
        };
    }

    private static String message(RuntimeException e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    }

    /** What is left to bring one set of rows to where the other is, while both are locked. */
    private List<Entry> rest(long after, long last) {
        try {
            return feed.after(after, BATCH, Duration.ZERO).stream()
                    .takeWhile(e -> e.position() <= last)
                    .toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
