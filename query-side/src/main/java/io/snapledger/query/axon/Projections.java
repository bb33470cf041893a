package io.snapledger.query.axon;

import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.Failures;
import io.snapledger.query.view.Projection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.Slots.Place;
import io.snapledger.schema.query.ProjectionView;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All projections of this process and the threads that follow the log for them. A replay builds the other rows of a
 * projection beside those that readers look at, also across a restart, and lets readers look at them once they hold as
 * much. Safe for use by many threads.
 */
public final class Projections implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Projections.class);

    private final Feed feed;
    private final Slots slots;
    private final Failures failures;
    private final Arrivals arrivals;
    private final Map<String, Followed> projections = new LinkedHashMap<>();
    private final ReentrantLock replays = new ReentrantLock();

    private static final class Followed {
        final Projection projection;
        final AtomicLong applied = new AtomicLong();
        final Follower live;
        volatile Optional<Follower> replay = Optional.empty();

        Followed(Projection projection, Projections all) {
            this.projection = projection;
            this.live = new Follower(
                    projection, Follower.Kind.LIVE, all.feed, all.slots, all.failures, all.arrivals, applied);
        }

        boolean replaying() {
            return replay.map(Follower::running).orElse(false);
        }
    }

    private Projections(Feed feed, Slots slots, Arrivals arrivals) {
        this.feed = feed;
        this.slots = slots;
        this.failures = slots.failures();
        this.arrivals = arrivals;
    }

    /**
     * Makes the projections known, goes on with each where it was, and with replays that were under way. Rows of an older
     * form are looked at until a replay has built them anew, which begins here.
     */
    public static Projections start(Feed feed, Slots slots, Arrivals arrivals, List<Projection> projections) {
        Projections all = new Projections(feed, slots, arrivals);
        for (Projection projection : projections) {
            slots.register(projection);
            Followed followed = new Followed(projection, all);
            all.projections.put(projection.name(), followed);
            followed.live.start();
            if (slots.outdated(projection) && slots.beginReplay(projection)) {
                LOG.info("projection {} is being replayed: its rows are of an older form", projection.name());
            }
            if (slots.building(projection.name()).isPresent()) {
                all.followReplay(followed);
            }
        }
        return all;
    }

    /** The names of all projections. */
    public List<String> names() {
        return List.copyOf(projections.keySet());
    }

    /** The entry of the log at a position; empty when there is none. */
    public Optional<Entry> entry(long position) {
        try {
            return feed.after(position - 1, 1, Duration.ZERO).stream()
                    .filter(e -> e.position() == position)
                    .findFirst();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the log was read", e);
        }
    }

    /** How far each is. */
    public List<ProjectionView> all() {
        long head = feed.head();
        return projections.values().stream().map(f -> view(f, head)).toList();
    }

    /** How far one is; empty when there is none of that name. */
    public Optional<ProjectionView> one(String name) {
        return Optional.ofNullable(projections.get(name)).map(f -> view(f, feed.head()));
    }

    /**
     * Begins to build the projection's rows anew from the first entry of the log; goes on with a replay that is under way.
     *
     * @return empty when there is none of that name
     */
    public Optional<ProjectionView> replay(String name) {
        Optional<Followed> found = Optional.ofNullable(projections.get(name));
        found.ifPresent(followed -> {
            replays.lock();
            try {
                if (slots.beginReplay(followed.projection)) {
                    LOG.info("projection {} is being replayed", name);
                }
                if (!followed.replaying()) {
                    followReplay(followed);
                }
            } finally {
                replays.unlock();
            }
        });
        return found.map(f -> view(f, feed.head()));
    }

    /**
     * Tries again at once what the projection waits for; other processes do so by themselves.
     *
     * @return empty when there is none of that name
     */
    public Optional<ProjectionView> retry(String name) {
        Optional<Followed> found = Optional.ofNullable(projections.get(name));
        found.ifPresent(followed -> {
            followed.live.retry();
            followed.replay.ifPresent(Follower::retry);
        });
        return found.map(f -> view(f, feed.head()));
    }

    /** How far behind the log what readers see is, in positions. */
    public long lag(String name) {
        return one(name).map(ProjectionView::lag).orElse(0L);
    }

    private void followReplay(Followed followed) {
        Follower replay = new Follower(
                followed.projection, Follower.Kind.REPLAY, feed, slots, failures, arrivals, followed.applied);
        followed.replay = Optional.of(replay);
        replay.start();
    }

    private ProjectionView view(Followed followed, long head) {
        String name = followed.projection.name();
        Place live = slots.live(name);
        Optional<ProjectionView.Failure> failure = failures.of(name, live.slot());
        return new ProjectionView(
                name,
                failure.isPresent() ? ProjectionView.State.FAILED : state(followed),
                live.position(),
                head,
                Math.max(0, head - live.position()),
                followed.applied.get(),
                failure,
                slots.lastComparison(name));
    }

    private ProjectionView.State state(Followed followed) {
        boolean failed = followed.live.failure().isPresent()
                || followed.replay.flatMap(Follower::failure).isPresent();
        if (failed) {
            return ProjectionView.State.FAILED;
        }
        return slots.building(followed.projection.name()).isPresent()
                ? ProjectionView.State.REPLAYING
                : ProjectionView.State.FOLLOWING;
    }

    @Override
    public void close() {
        List<Follower> all = projections.values().stream()
                .flatMap(f -> Stream.concat(Stream.of(f.live), f.replay.stream()))
                .toList();
        all.forEach(Follower::end);
        all.forEach(Follower::close);
    }
}
