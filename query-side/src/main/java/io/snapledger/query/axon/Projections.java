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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
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
    private static final int ALL = 100;
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Feed feed;
    private final Slots slots;
    private final Failures failures;
    private final Arrivals arrivals;
    private final Map<String, Followed> projections = new LinkedHashMap<>();
    private final ReentrantLock replays = new ReentrantLock();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watch = Thread.ofVirtual().name("projections").unstarted(this::watch);

    private static final class Followed {
        final Projection projection;
        final AtomicLong applied = new AtomicLong();
        final Pace livePace = new Pace(System::nanoTime);
        final Pace replayPace = new Pace(System::nanoTime);
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
        all.watch.start();
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
        return onReplay(name, projection -> {
            if (slots.beginReplay(projection)) {
                LOG.info("projection {} is being replayed", name);
            } else if (slots.resumeReplay(projection)) {
                LOG.info("the replay of projection {} goes on", name);
            }
        });
    }

    /**
     * Lets a replay wait where it is, in all processes, also across restarts.
     *
     * @return empty when there is no projection of that name
     * @throws NoReplayException when none goes on
     */
    public Optional<ProjectionView> pause(String name) {
        return onReplay(name, projection -> require(projection, slots.pauseReplay(projection), "goes on"));
    }

    /**
     * Lets a replay that waits go on.
     *
     * @return empty when there is no projection of that name
     * @throws NoReplayException when none waits
     */
    public Optional<ProjectionView> resume(String name) {
        return onReplay(name, projection -> require(projection, slots.resumeReplay(projection), "waits"));
    }

    /**
     * Gives a replay up; readers never saw any of it.
     *
     * @return empty when there is no projection of that name
     * @throws NoReplayException when there is none
     */
    public Optional<ProjectionView> cancel(String name) {
        return onReplay(name, projection -> require(projection, slots.cancelReplay(projection), "is under way"));
    }

    private static void require(Projection projection, boolean done, String what) {
        if (!done) {
            throw new NoReplayException("no replay of projection \"" + projection.name() + "\" " + what
                    + "; /api/v1/projections tells what does, and replay begins one");
        }
    }

    private Optional<ProjectionView> onReplay(String name, Consumer<Projection> work) {
        Optional<Followed> found = Optional.ofNullable(projections.get(name));
        found.ifPresent(followed -> {
            work.accept(followed.projection);
            join(followed);
        });
        return found.map(f -> view(f, feed.head()));
    }

    /** Takes part in a replay that is under way, whichever process it was begun in. */
    private void join(Followed followed) {
        replays.lock();
        try {
            if (closing.getCount() > 0
                    && !followed.replaying()
                    && slots.building(followed.projection.name()).isPresent()) {
                followReplay(followed);
            }
        } finally {
            replays.unlock();
        }
    }

    private void watch() {
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                projections.values().forEach(this::look);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(Followed followed) {
        String name = followed.projection.name();
        try {
            followed.livePace.seen(Optional.of(slots.live(name)));
            followed.replayPace.seen(slots.building(name));
            join(followed);
        } catch (RuntimeException e) {
            LOG.debug("it cannot be seen how far projection {} is", name, e);
        }
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
        Optional<Place> building = slots.building(name);
        Optional<Place> paused = slots.paused(name);
        Optional<ProjectionView.Failure> failure = failures.of(name, live.slot());
        long lag = Math.max(0, head - live.position());
        return new ProjectionView(
                name,
                failure.isPresent() ? ProjectionView.State.FAILED : state(followed, building, paused),
                live.position(),
                head,
                lag,
                followed.applied.get(),
                followed.livePace.rate(),
                followed.livePace.left(lag),
                building.or(() -> paused).map(place -> replay(followed, place, head, paused.isPresent())),
                failure,
                slots.lastComparison(name));
    }

    private static ProjectionView.Replay replay(Followed followed, Place place, long head, boolean paused) {
        long remaining = Math.max(0, head - place.position());
        return new ProjectionView.Replay(
                place.position(),
                remaining,
                head == 0 ? ALL : (int) Math.min(ALL, place.position() * ALL / head),
                followed.replayPace.rate(),
                paused ? Optional.empty() : followed.replayPace.left(remaining),
                paused);
    }

    private static ProjectionView.State state(Followed followed, Optional<Place> building, Optional<Place> paused) {
        boolean failed = followed.live.failure().isPresent()
                || followed.replay
                        .filter(Follower::running)
                        .flatMap(Follower::failure)
                        .isPresent();
        if (failed) {
            return ProjectionView.State.FAILED;
        }
        if (building.isPresent()) {
            return ProjectionView.State.REPLAYING;
        }
        return paused.isPresent() ? ProjectionView.State.PAUSED : ProjectionView.State.FOLLOWING;
    }

    @Override
    public void close() {
        endWatch();
        List<Follower> all = projections.values().stream()
                .flatMap(f -> Stream.concat(Stream.of(f.live), f.replay.stream()))
                .toList();
        all.forEach(Follower::end);
        all.forEach(Follower::close);
    }

    private void endWatch() {
        replays.lock();
        try {
            closing.countDown();
        } finally {
            replays.unlock();
        }
        try {
            if (!watch.join(STOP)) {
                LOG.warn("the watch over the projections does not end");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
