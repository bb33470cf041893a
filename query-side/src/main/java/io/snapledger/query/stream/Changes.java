package io.snapledger.query.stream;

import io.snapledger.query.axon.Feed;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.ChangeView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes that readers can see by now. While somebody listens one thread follows the log for all, woken by what wakes
 * the projections; the last changes are kept for those who are nearly as far, and who is further behind reads the log
 * himself, a page at a time. So a listener costs no memory but his place. Safe for use by many threads.
 */
public final class Changes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
    private static final List<String> SHOWN_BY = List.of(SnapshotProjection.NAME, OperationProjection.NAME);
    private static final int PAGE = 500;
    private static final int KEPT = 5_000;
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Feed feed;
    private final Slots slots;
    private final Arrivals arrivals;
    private final LatestProgress progress;
    private final int mostListeners;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Deque<ChangeView> kept = new ArrayDeque<>();
    private final Thread thread;
    private long begin;
    private long end;
    private int listeners;
    private boolean following;
    private boolean closed;

    private Changes(Feed feed, Slots slots, Arrivals arrivals, LatestProgress progress, int mostListeners) {
        this.feed = feed;
        this.slots = slots;
        this.arrivals = arrivals;
        this.progress = progress;
        this.mostListeners = mostListeners;
        this.thread = Thread.ofVirtual().name("changes").unstarted(this::run);
    }

    /** @param mostListeners who comes when as many listen is refused */
    public static Changes start(Feed feed, Slots slots, Arrivals arrivals, LatestProgress progress, int mostListeners) {
        Changes changes = new Changes(feed, slots, arrivals, progress, mostListeners);
        progress.onHeard(changes::wake);
        changes.thread.start();
        return changes;
    }

    /**
     * Listens to what comes after a position; without one, to what comes from now on.
     *
     * @throws TooManyListenersException when no more are let in
     */
    public Listener listen(Optional<Long> after) {
        long from = after.orElseGet(this::shown);
        lock.lock();
        try {
            if (listeners >= mostListeners) {
                throw new TooManyListenersException(mostListeners
                        + " listen already, and no more are let in; ask again later, or raise http.streams");
            }
            listeners++;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        return new Listener(from);
    }

    /** The last position of the log, whether readers see it yet or not. */
    public long head() {
        return feed.head();
    }

    /** How many listen now. */
    public int listeners() {
        lock.lock();
        try {
            return listeners;
        } finally {
            lock.unlock();
        }
    }

    /** One who listens, with his place in the log. For one thread. */
    public final class Listener implements AutoCloseable {
        private long place;
        private long heard = progress.last();

        private Listener(long place) {
            this.place = place;
        }

        /** The position after which he listens. */
        public long place() {
            return place;
        }

        /** What comes next; waits for it up to so long. */
        public News next(Duration most) throws InterruptedException {
            long until = System.nanoTime() + most.toNanos();
            long to;
            lock.lock();
            try {
                while (!closed && !(following && place < end)) {
                    LatestProgress.Heard told = progress.after(heard);
                    heard = told.last();
                    if (!told.all().isEmpty()) {
                        return new News.Told(List.of(), told.all());
                    }
                    long left = until - System.nanoTime();
                    if (left <= 0) {
                        return new News.Nothing();
                    }
                    long _ = news.awaitNanos(left);
                }
                if (closed) {
                    return new News.Ended();
                }
                if (place >= begin) {
                    List<ChangeView> changes = keptAfter(place);
                    place = end;
                    return new News.Told(changes, List.of());
                }
                to = begin;
            } finally {
                lock.unlock();
            }
            return new News.Told(readUpTo(to), List.of());
        }

        /** There is an entry at {@code to}; that nothing is found before it means only that a hole is not proven yet. */
        private List<ChangeView> readUpTo(long to) throws InterruptedException {
            List<Entry> entries = upTo(to, feed.after(place, PAGE, IDLE));
            if (!entries.isEmpty()) {
                place = entries.getLast().position();
            }
            return entries.stream().flatMap(Changes::change).toList();
        }

        @Override
        public void close() {
            lock.lock();
            try {
                listeners--;
            } finally {
                lock.unlock();
            }
        }
    }

    private void wake() {
        lock.lock();
        try {
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private List<ChangeView> keptAfter(long place) {
        return kept.reversed().stream()
                .takeWhile(change -> change.position() > place)
                .toList()
                .reversed();
    }

    private void run() {
        try {
            while (awaitListeners()) {
                try {
                    follow();
                } catch (RuntimeException e) {
                    LOG.warn("the log cannot be followed for those who listen; it is tried again", e);
                    pause();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return false when nobody will listen any more */
    private boolean awaitListeners() throws InterruptedException {
        lock.lock();
        try {
            while (!closed && listeners == 0) {
                following = false;
                news.await();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean wanted() {
        lock.lock();
        try {
            return !closed && listeners > 0;
        } finally {
            lock.unlock();
        }
    }

    private void pause() throws InterruptedException {
        lock.lock();
        try {
            long left = IDLE.toNanos();
            while (!closed && left > 0) {
                left = news.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void follow() throws InterruptedException {
        long place = beginning();
        while (wanted()) {
            List<Entry> entries = feed.after(place, PAGE, IDLE);
            while (!entries.isEmpty() && wanted()) {
                List<Entry> visible = upTo(shown(), entries);
                publish(visible);
                entries = entries.subList(visible.size(), entries.size());
                if (!visible.isEmpty()) {
                    place = visible.getLast().position();
                }
                if (!entries.isEmpty()) {
                    awaitShown(entries.getFirst().position());
                }
            }
        }
    }

    private long beginning() {
        long shown = shown();
        lock.lock();
        try {
            if (!following) {
                following = true;
                kept.clear();
                begin = shown;
                end = shown;
                news.signalAll();
            }
            return end;
        } finally {
            lock.unlock();
        }
    }

    /** What readers see of everything that a change may be about. */
    private long shown() {
        return SHOWN_BY.stream()
                .mapToLong(name -> slots.live(name).position())
                .min()
                .orElseThrow();
    }

    private void awaitShown(long position) throws InterruptedException {
        for (String projection : SHOWN_BY) {
            if (!arrivals.await(projection, position, IDLE)) {
                return;
            }
        }
    }

    private void publish(List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            entries.stream().flatMap(Changes::change).forEach(kept::addLast);
            end = entries.getLast().position();
            while (kept.size() > KEPT) {
                begin = kept.removeFirst().position();
            }
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static List<Entry> upTo(long last, List<Entry> entries) {
        return entries.stream().takeWhile(e -> e.position() <= last).toList();
    }

    private static Stream<ChangeView> change(Entry entry) {
        return switch (entry) {
            case Entry.Happened happened -> Stream.of(AuditProjection.change(happened));
            case Entry.Answered _ -> Stream.empty();
        };
    }

    /** Tells all who listen that nothing more comes. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(STOP)) {
                thread.interrupt();
                throw new IllegalStateException("the reader of changes did not stop within " + STOP);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
