package io.snapledger.query.axon;

import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.Projection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.Slots.Place;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that applies the log to one set of rows of one projection, batch by batch, from where the rows are. When
 * something fails it says so and begins again at the last batch that was applied, after a pause; it never skips an entry.
 */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int BATCH = 500;
    private static final Duration IDLE = Duration.ofMillis(250);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Projection projection;
    private final Kind kind;
    private final Feed feed;
    private final Slots slots;
    private final Arrivals arrivals;
    private final AtomicLong applied;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Optional<RuntimeException> failure = Optional.empty();
    private final Thread thread;

    /** Which rows are followed. */
    enum Kind {
        /** Those that readers look at, whichever they are; without end. */
        LIVE,
        /** Those that a replay builds, until readers look at them. */
        REPLAY
    }

    Follower(Projection projection, Kind kind, Feed feed, Slots slots, Arrivals arrivals, AtomicLong applied) {
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

    /** Lets it end after the batch that is being applied; does not wait for that. */
    void end() {
        closing.countDown();
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
            while (more && !closed()) {
                more = tried();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean closed() {
        return closing.getCount() == 0;
    }

    private boolean tried() throws InterruptedException {
        try {
            return follow();
        } catch (RuntimeException e) {
            if (failure.isEmpty()) {
                LOG.error("projection {} cannot go on; it is tried again and again", projection.name(), e);
            } else {
                LOG.warn("projection {} still cannot go on: {}", projection.name(), e.getMessage());
            }
            failure = Optional.of(e);
            boolean _ = closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        }
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
        while (!closed()) {
            if (kind == Kind.REPLAY && slots.switchOver(projection.name())) {
                LOG.info("projection {} is replayed up to {}", projection.name(), place.position());
                arrivals.signal();
                return false;
            }
            List<Entry> entries = feed.after(place.position(), BATCH, IDLE);
            if (!entries.isEmpty()) {
                long next = entries.getLast().position();
                if (!slots.apply(projection, place, entries, next)) {
                    return true;
                }
                place = new Place(place.slot(), next);
                failure = Optional.empty();
                applied.addAndGet(entries.size());
                arrivals.signal();
            }
        }
        return false;
    }
}
