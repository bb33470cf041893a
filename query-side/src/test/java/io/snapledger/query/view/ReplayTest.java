package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.axon.Feed;
import io.snapledger.query.axon.NoReplayException;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.query.ProjectionView.State;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays that are paused, resumed, given up, shared and watched. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReplayTest {
    private static final String AUDIT = AuditProjection.NAME;
    private static final int BATCHES = 6;

    private final MemoryLog log = new MemoryLog();
    private final Limited feed = new Limited(log);
    private final List<Projection> all = ReadSide.PROJECTIONS;
    private final ReadSide side = new ReadSide(feed, all);

    @AfterEach
    void stop() {
        side.close();
    }

    /** What follows the log has all of it; what begins anew gets nothing yet. */
    private Story filled() {
        Story story = new Story(log, "web");
        for (int i = 0; i < 500 * BATCHES; i++) {
            log.happened(story.id(), new DomainEvent.RunStateObserved(RunState.PAUSED));
        }
        side.shows(log.head());
        feed.limit(log.head(), 0);
        return story;
    }

    @Test
    void a_replay_waits_when_it_is_told_to_and_goes_on_where_it_was() {
        filled();
        side.projections.replay(AUDIT);
        feed.limit(log.head(), 1_000);
        await(v -> v.replay().filter(r -> r.position() >= 1_000).isPresent());

        ProjectionView paused = side.projections.pause(AUDIT).orElseThrow();
        feed.limit(0, 0);

        assertThat(paused.state()).isEqualTo(State.PAUSED);
        assertThat(paused.replay().orElseThrow().paused()).isTrue();
        long where = audit().replay().orElseThrow().position();
        Story story = new Story(log, "meanwhile");
        side.shows(story.position());
        assertThat(audit().replay().orElseThrow().position()).isEqualTo(where).isLessThan(log.head());
        assertThat(audit().replay().orElseThrow().remaining()).isEqualTo(log.head() - where);
        assertThat(audit().position()).isEqualTo(log.head());

        assertThat(side.projections.resume(AUDIT).orElseThrow().state()).isIn(State.REPLAYING, State.FOLLOWING);
        await(v -> v.state() == State.FOLLOWING);
        assertThat(audit().compared().orElseThrow().differs()).isEmpty();
        assertThat(audit().compared().orElseThrow().compared()).isTrue();
    }

    @Test
    void a_replay_can_be_given_up_and_nothing_of_it_is_left() {
        filled();
        Slots.Place live = side.slots.live(AUDIT);
        side.projections.replay(AUDIT);
        feed.limit(log.head(), 1_000);
        await(v -> v.replay().filter(r -> r.position() >= 1_000).isPresent());

        ProjectionView given = side.projections.cancel(AUDIT).orElseThrow();
        feed.limit(0, 0);

        assertThat(given.state()).isEqualTo(State.FOLLOWING);
        assertThat(given.replay()).isEmpty();
        assertThat(side.slots.live(AUDIT)).isEqualTo(live);
        Slots.Slot spare = live.slot().other();
        assertThat(side.sql.fetchValue("select count(*) from " + spare.schema() + ".audit"))
                .isEqualTo(0L);
        side.projections.replay(AUDIT);
        await(v -> v.state() == State.FOLLOWING && side.slots.live(AUDIT).slot() == spare);
    }

    @Test
    void what_is_not_under_way_cannot_be_paused_resumed_or_given_up() {
        filled();
        assertThatThrownBy(() -> side.projections.pause(AUDIT))
                .isInstanceOf(NoReplayException.class)
                .hasMessageContaining("audit");
        assertThatThrownBy(() -> side.projections.resume(AUDIT)).isInstanceOf(NoReplayException.class);
        assertThatThrownBy(() -> side.projections.cancel(AUDIT)).isInstanceOf(NoReplayException.class);
        assertThat(side.projections.pause("none")).isEmpty();
    }

    @Test
    void who_replays_is_told_how_fast_it_goes_and_for_how_long() {
        filled();
        side.projections.replay(AUDIT);
        feed.limit(log.head(), 500);
        await(v -> v.replay().filter(r -> r.position() >= 500).isPresent());
        AtomicLong limit = new AtomicLong(500);

        await(v -> {
            feed.limit(log.head(), Math.min(limit.addAndGet(4), log.head() - 1_000));
            return v.replay()
                    .filter(r -> r.rate() > 0 && r.secondsLeft().isPresent())
                    .isPresent();
        });

        ProjectionView.Replay replay = audit().replay().orElseThrow();
        assertThat(replay.percent()).isBetween(15, 70);
        assertThat(replay.remaining()).isEqualTo(log.head() - replay.position());
    }

    @Test
    void two_processes_apply_each_entry_once_and_one_goes_on_when_the_other_ends() {
        long others;
        Projections second = Projections.start(log, side.slots, side.arrivals, all);
        try {
            Story story = new Story(log, "shared");
            for (int i = 0; i < 200; i++) {
                log.happened(story.id(), new DomainEvent.RunStateObserved(RunState.PAUSED));
                if (i % 20 == 0) {
                    side.shows(log.head());
                }
            }
            side.shows(log.head());
            await(v -> v.applied() + second.one(AUDIT).orElseThrow().applied() == log.head());
            others = log.head();
            feed.limit(others, 50);
            second.replay(AUDIT);
        } finally {
            second.close();
        }
        feed.limit(0, 0);

        await(v -> v.state() == State.FOLLOWING && v.compared().isPresent());

        assertThat(audit().compared().orElseThrow().differs()).isEmpty();
        assertThat(side.sql.fetchValue(
                        "select count(*) from " + side.slots.live(AUDIT).slot().schema() + ".audit"))
                .isEqualTo(others);
    }

    @Test
    void while_commands_arrive_and_everything_is_replayed_no_read_fails_or_goes_back() throws Exception {
        Story story = new Story(log, "busy").created("s0");
        side.shows(log.head());
        DomainQueries domains = new DomainQueries(side.views);
        AtomicBoolean done = new AtomicBoolean();
        List<Throwable> wrong = new ArrayList<>();
        Thread reader = Thread.startVirtualThread(() -> {
            long snapshots = 0;
            long position = 0;
            while (!done.get() && wrong.isEmpty()) {
                try {
                    var shown = domains.one("busy", new AsOf.Now());
                    DomainView view = shown.value();
                    assertThat(view.snapshots()).isGreaterThanOrEqualTo(snapshots);
                    assertThat(shown.position()).isGreaterThanOrEqualTo(position);
                    snapshots = view.snapshots();
                    position = shown.position();
                } catch (RuntimeException | AssertionError e) {
                    wrong.add(e);
                }
            }
        });

        for (int round = 0; round < 3; round++) {
            Slots.Slot before = side.slots.live(SnapshotProjection.NAME).slot();
            all.forEach(p -> side.projections.replay(p.name()));
            int next = round * 1_000;
            while (side.slots.live(SnapshotProjection.NAME).slot() == before) {
                next++;
                story.created("s" + round + "-" + next);
                LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            }
        }
        done.set(true);

        assertThat(reader.join(Duration.ofSeconds(20))).isTrue();
        assertThat(wrong).isEmpty();
        side.shows(log.head());
    }

    private ProjectionView audit() {
        return side.projections.one(AUDIT).orElseThrow();
    }

    private void await(Predicate<ProjectionView> condition) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.test(audit())) {
            assertThat(System.nanoTime()).as(audit().toString()).isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /** Gives who reads the past only what it is told to; who follows the log closely gets all. */
    private static final class Limited implements Feed {
        private final Feed real;
        private volatile long past;
        private volatile long limit = Long.MAX_VALUE;

        Limited(Feed real) {
            this.real = real;
        }

        void limit(long before, long last) {
            limit = last;
            past = before;
        }

        @Override
        public List<Entry> after(long position, int most, Duration wait) throws InterruptedException {
            List<Entry> entries = real.after(position, most, wait);
            return position < past
                    ? entries.stream().takeWhile(e -> e.position() <= limit).toList()
                    : entries;
        }

        @Override
        public long head() {
            return real.head();
        }
    }
}
