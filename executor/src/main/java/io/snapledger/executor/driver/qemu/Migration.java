package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor.AtSwitchOver;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.message.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of one guest on its way out.
 *
 * <pre>
 * setup ─► active ─┬────────────────────────────────────────────────► completed
 *                  └─► pre-switchover ──(work done, continue)──► device ──┘
 *  any ──(cancel)──► cancelling ─► cancelled        any ─► failed
 * </pre>
 *
 * At pre-switchover, which a guest that runs is asked to hold at, it stands still and still has its disks.
 */
final class Migration {
    private static final Logger log = LoggerFactory.getLogger(Migration.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final Duration LOOK_RARELY = Duration.ofMillis(100);
    private static final String AT_SWITCH_OVER = "pre-switchover";

    private final Qmp qmp;
    private final Deadlines deadlines;

    Migration(Qmp qmp, Deadlines deadlines) {
        this.qmp = qmp;
        this.deadlines = deadlines;
    }

    /**
     * To its end. Whatever is thrown, it goes on no more, unless nobody can say.
     *
     * @param atSwitchOver for a guest that runs
     */
    void run(String uri, Optional<AtSwitchOver> atSwitchOver, LongWork work) throws QmpError, HostException {
        Signal signal = new Signal();
        AtomicLong stopped = new AtomicLong();
        try (Qmp.Listening _ = qmp.listen(e -> {
            if (e.name().equals("STOP")) {
                stopped.set(System.nanoTime());
            }
            signal.raise();
        })) {
            set(qmp, atSwitchOver.isPresent(), false, deadlines.monitorReply());
            execute(QmpCommand.of("migrate").with("uri", uri));
            long until = System.nanoTime() + deadlines.memory().toNanos();
            boolean switched = false;
            while (true) {
                JsonNode state = execute(QmpCommand.of("query-migrate"));
                tell(state.path("ram"), work);
                switch (state.path("status").asText()) {
                    case "completed" -> {
                        return;
                    }
                    case "failed", "cancelled" -> throw failed(state);
                    case AT_SWITCH_OVER -> {
                        if (!switched) {
                            switchOver(atSwitchOver.orElse(_ -> {}), stopped.get());
                            switched = true;
                        }
                    }
                    default -> {
                        // setup, active, device …: it goes on
                    }
                }
                if (System.nanoTime() > until) {
                    abandon();
                    throw new QmpError.TimedOut("the end of the saving of the memory", deadlines.memory());
                }
                signal.await(LOOK_RARELY);
            }
        }
    }

    /** What is left grows again while the guest writes. */
    private static void tell(JsonNode ram, LongWork work) {
        long total = ram.path("total").asLong();
        work.reached(total - ram.path("remaining").asLong(), total);
    }

    /**
     * The memory of the moment of the work, at which the guest stands still; QEMU lets it go on before anything is written.
     * That it can was found out before, see {@link Background}, which is told when it could not all the same.
     */
    void runInBackground(
            String uri, AtSwitchOver atOnce, LongWork work, Background background, MemoryTransfer.Receiver receiver)
            throws QmpError, HostException {
        Signal signal = new Signal();
        AtomicLong wentOn = new AtomicLong();
        try (Qmp.Listening _ = qmp.listen(e -> {
            if (e.name().equals("RESUME")) {
                wentOn.compareAndSet(0, System.nanoTime());
            }
            signal.raise();
        })) {
            long since = System.nanoTime();
            execute(QmpCommand.of("stop"));
            try {
                atOnce.run(since);
            } catch (HostException e) {
                goOn(e);
                throw e;
            }
            background.failed(qmp);
            execute(QmpCommand.of("migrate").with("uri", uri));
            boolean inTime = awaitWritten(signal, work, receiver);
            background.succeeded(qmp);
            if (!inTime) {
                throw late();
            }
            atOnce.wentOn(wentOn.get() == 0 ? System.nanoTime() : wentOn.get());
        } finally {
            set(qmp, false, false, deadlines.monitorReply());
        }
    }

    private void goOn(HostException first) {
        try {
            execute(QmpCommand.of("cont"));
        } catch (QmpError e) {
            first.addSuppressed(e);
        }
    }

    /**
     * One that does not end in time is not cancelled but read to its end all the same: QEMU 7.2 does not lift the write
     * protection of what was not written, and a guest that writes there would stand still for ever.
     *
     * @return whether it is wanted still
     */
    private boolean awaitWritten(Signal signal, LongWork work, MemoryTransfer.Receiver receiver)
            throws QmpError, HostException {
        long until = System.nanoTime() + deadlines.memory().toNanos();
        boolean givenUp = false;
        while (true) {
            JsonNode state = execute(QmpCommand.of("query-migrate"));
            tell(state.path("ram"), work);
            switch (state.path("status").asText()) {
                case "completed" -> {
                    return !givenUp;
                }
                case "failed", "cancelled" -> throw failed(state);
                default -> {
                    // setup, active, device …: it goes on
                }
            }
            if (System.nanoTime() > until) {
                if (givenUp) {
                    abandon();
                    throw late();
                }
                log.warn("a memory is not written in time and is read to its end for nothing");
                receiver.giveUp();
                givenUp = true;
                until += deadlines.memory().plus(deadlines.monitorReply()).toNanos();
            }
            signal.await(LOOK_RARELY);
        }
    }

    private QmpError late() {
        return new QmpError.TimedOut("the end of the saving of the memory", deadlines.memory());
    }

    /** Said each time: it outlives the migration, and also the executor. */
    static void set(Qmp qmp, boolean holdAtSwitchOver, boolean inBackground, Duration reply) throws QmpError {
        ArrayNode capabilities = Json.strict().createArrayNode();
        capabilities.addObject().put("capability", "pause-before-switchover").put("state", holdAtSwitchOver);
        capabilities.addObject().put("capability", Background.CAPABILITY).put("state", inBackground);
        qmp.execute(QmpCommand.of("migrate-set-capabilities").with("capabilities", capabilities), reply);
    }

    private void switchOver(AtSwitchOver work, long stopped) throws QmpError, HostException {
        try {
            work.run(stopped == 0 ? System.nanoTime() : stopped);
        } catch (HostException e) {
            try {
                abandon();
            } catch (QmpError suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        execute(QmpCommand.of("migrate-continue").with("state", AT_SWITCH_OVER));
    }

    private static HostException failed(JsonNode state) {
        return new QmpError.Refused(
                        "migrate", "MigrationError", state.path("error-desc").asText("the migration failed"))
                .asHost();
    }

    boolean isUnderWay() throws QmpError {
        return switch (execute(QmpCommand.of("query-migrate")).path("status").asText()) {
            case "", "none", "completed", "failed", "cancelled" -> false;
            default -> true;
        };
    }

    /** None goes on, and a guest that ran runs: also one that an executor which is gone had begun. */
    void abandon() throws QmpError {
        Signal never = new Signal();
        long until = System.nanoTime() + deadlines.monitorReply().toNanos();
        boolean told = false;
        while (isUnderWay()) {
            if (!told) {
                log.info("a migration is given up");
                execute(QmpCommand.of("migrate_cancel"));
                told = true;
            }
            if (System.nanoTime() > until) {
                throw new QmpError.TimedOut("the end of a migration that was cancelled", deadlines.monitorReply());
            }
            never.await(LOOK_AGAIN);
        }
        if (told) {
            set(qmp, false, false, deadlines.monitorReply());
        }
    }

    private JsonNode execute(QmpCommand command) throws QmpError {
        return qmp.execute(command, deadlines.monitorReply());
    }
}
