package io.snapledger.standalone.chaos;

import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Waiting, once all is whole again, until nothing goes on any more. */
final class Quiet {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration COLLECTED = Duration.ofSeconds(20);

    private final World world;
    private final LogRows log;
    private final Map<Subject, Long> retried = new HashMap<>();
    private int retries;
    private long head = -1;
    private long since = System.nanoTime();

    Quiet(World world) {
        this.world = world;
        this.log = new LogRows(world.servers());
    }

    /**
     * Whether it became so: every command has all its replies, no operation is in flight or can be taken back, and nothing was
     * added to the log for some time. What needs attention is retried, now that nothing is in its way any more. Then the
     * command sides are stopped, since what was kept for an undo is removed whenever that becomes possible.
     */
    boolean await(Duration atMost, Duration still) {
        return Waiting.until(atMost, LOOK_AGAIN, () -> isCalm(still) && stopped());
    }

    private boolean isCalm(Duration still) {
        boolean open = !world.wire().open().isEmpty();
        Instant collected = Instant.now().minus(COLLECTED);
        for (Subject subject : world.subjects()) {
            open |= isBusy(subject)
                    || subject.book().state().pins().all().stream()
                            .anyMatch(k -> k.pin().until().isAfter(collected));
            retry(subject);
        }
        return stillFor(still) && !open;
    }

    private static boolean isBusy(Subject subject) {
        return !subject.refresh() || subject.book().state().inFlight().isPresent();
    }

    private boolean stopped() {
        world.commandSides().forEach(Part::close);
        if (world.subjects().stream().noneMatch(Quiet::isBusy)) {
            return true;
        }
        world.commandSides().forEach(Part::start);
        world.commandSides().forEach(Part::awaitReady);
        return false;
    }

    private boolean stillFor(Duration still) {
        try {
            long now = log.head();
            if (now != head) {
                head = now;
                since = System.nanoTime();
            }
            return System.nanoTime() - since > still.toNanos();
        } catch (SQLException e) {
            throw new IllegalStateException("the log cannot be read although all was healed", e);
        }
    }

    private void retry(Subject subject) {
        Optional<InFlight> stuck =
                subject.book().state().inFlight().filter(o -> o.phase() == InFlight.Phase.NEEDS_ATTENTION);
        long now = System.nanoTime();
        if (stuck.isPresent() && now - retried.getOrDefault(subject, now - RETRY.toNanos()) >= RETRY.toNanos()) {
            retried.put(subject, now);
            subject.send(
                    new Wire.Id("/chaos/operator", "retry" + retries++),
                    new RetryOperation(stuck.get().operation()));
        }
    }
}
