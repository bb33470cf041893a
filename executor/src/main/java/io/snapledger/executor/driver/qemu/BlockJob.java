package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor.SwitchOver;
import io.snapledger.executor.port.LongWork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A commit or a stream, or the save or load of a whole machine, that QEMU runs in the background under an id that is used
 * once.
 *
 * <pre>
 * created ─► running ─► ready ──(complete)──► pending ──(record, finalize)──► concluded ──(dismiss)──► gone
 *               └──────────────────────────────► pending          (below the active layer, and in a stream, there is no ready)
 * any of these before finalize ──(cancel)──► concluded, with nothing switched
 * </pre>
 *
 * A stream dismisses itself, and tells its outcome in an event only: in QEMU 7.2 it keeps its filter when it is concluded,
 * without what that filters, and the guest dies of the next {@code query-named-block-nodes}, whoever asks.
 *
 * At pending the guest's writes are held back and nothing is decided yet. A job that outlived the executor is found by its
 * name and taken over where it stands.
 */
final class BlockJob {
    private static final Logger log = LoggerFactory.getLogger(BlockJob.class);
    private static final String PREFIX = "sl-";
    private static final String MACHINE_PREFIX = "sm-";
    private static final int UNIQUE = 8;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final Qmp qmp;
    private final String id;
    private final Duration reply;
    private final boolean dismissesItself;

    private BlockJob(Qmp qmp, String id, Duration reply, boolean dismissesItself) {
        this.qmp = qmp;
        this.id = id;
        this.reply = reply;
        this.dismissesItself = dismissesItself;
    }

    /** The job that works on the node already, if there is one. */
    static Optional<BlockJob> running(Qmp qmp, String node, Duration reply) throws QmpError {
        for (JsonNode job : qmp.execute(QmpCommand.of("query-jobs"), reply)) {
            String id = job.path("id").asText();
            if (id.startsWith(prefix(node)) && id.length() == prefix(node).length() + UNIQUE) {
                boolean stream = job.path("type").asText().equals("stream");
                return Optional.of(new BlockJob(qmp, id, reply, stream));
            }
        }
        return Optional.empty();
    }

    /** Forgets a job on the node that has ended and that nobody took notice of. */
    static void dismiss(Qmp qmp, String node, Duration reply) throws QmpError, HostException {
        Optional<BlockJob> left = running(qmp, node, reply);
        if (left.isPresent()) {
            String status =
                    left.get().state().map(j -> j.path("status").asText()).orElse("gone");
            if (!status.equals("concluded")) {
                throw HostException.refused(
                        "block job " + left.get().id() + " on node " + node + " has not ended, it is " + status);
            }
            qmp.execute(QmpCommand.of("job-dismiss").with("id", left.get().id()), reply);
        }
    }

    /** A new job for the node. */
    static BlockJob fresh(Qmp qmp, String node, Duration reply) {
        return fresh(qmp, node, reply, false);
    }

    private static BlockJob fresh(Qmp qmp, String node, Duration reply, boolean dismissesItself) {
        String id = prefix(node) + UUID.randomUUID().toString().substring(0, UNIQUE);
        return new BlockJob(qmp, id, reply, dismissesItself);
    }

    /** A new stream into the node. */
    static BlockJob stream(Qmp qmp, String node, Duration reply) {
        return fresh(qmp, node, reply, true);
    }

    /** A new save or load of a machine, which no job on a layer is taken for. */
    static BlockJob machine(Qmp qmp, Duration reply) {
        String id = MACHINE_PREFIX + UUID.randomUUID().toString().substring(0, UNIQUE);
        return new BlockJob(qmp, id, reply, false);
    }

    /** The saves and loads of a machine that QEMU has not forgotten: it remembers them until it is told to. */
    static List<BlockJob> machines(Qmp qmp, Duration reply) throws QmpError {
        List<BlockJob> found = new ArrayList<>();
        for (JsonNode job : qmp.execute(QmpCommand.of("query-jobs"), reply)) {
            String id = job.path("id").asText();
            if (id.startsWith(MACHINE_PREFIX)) {
                found.add(new BlockJob(qmp, id, reply, false));
            }
        }
        return found;
    }

    /** What starts the job, so that its end is noticed. */
    QmpCommand starting(QmpCommand command) {
        return command.with("job-id", id).with("auto-finalize", false).with("auto-dismiss", dismissesItself);
    }

    /** A node that QEMU named itself has a {@code #} in its name, which the name of a job must not have. */
    private static String prefix(String node) {
        return PREFIX + node.replace('#', '_') + "-";
    }

    String id() {
        return id;
    }

    /**
     * Takes the job to its end.
     *
     * @param start starts the job; called with the listener in place
     * @throws HostException refused when the job ended with an error; nothing has switched then
     */
    void run(Duration deadline, Start start, SwitchOver switchOver, LongWork work) throws QmpError, HostException {
        Signal signal = new Signal();
        AtomicReference<String> said = new AtomicReference<>("");
        try (Qmp.Listening _ = qmp.listen(e -> {
                    if (e.data().path("device").asText().equals(id)) {
                        said.set(e.data().path("error").asText());
                    }
                    if (e.name().equals("DISCONNECTED")
                            || e.data().path("id").asText().equals(id)) {
                        signal.raise();
                    }
                });
                LongWork.Listening _ = work.onCancel(signal::raise)) {
            start.run();
            long until = System.nanoTime() + deadline.toNanos();
            boolean completing = false;
            boolean finalised = false;
            Optional<HostException> ended = Optional.empty();
            while (true) {
                Optional<JsonNode> found = state();
                if (found.isEmpty()) {
                    gone(Optional.ofNullable(said.get()).orElse(""), ended);
                    return;
                }
                JsonNode job = found.get();
                work.reached(
                        job.path("current-progress").asLong(),
                        job.path("total-progress").asLong());
                if (work.cancelled() && !finalised && ended.isEmpty()) {
                    ended = cancel();
                }
                switch (job.path("status").asText()) {
                    case "ready" -> {
                        if (!completing && ended.isEmpty()) {
                            qmp.execute(QmpCommand.of("job-complete").with("id", id), reply);
                            completing = true;
                        }
                    }
                    case "pending" -> {
                        if (!finalised && ended.isEmpty()) {
                            ended = finalise(switchOver);
                            finalised = ended.isEmpty();
                        }
                    }
                    case "concluded" -> {
                        conclude(job, ended);
                        return;
                    }
                    default -> {
                        // created, running, paused, standby, waiting, aborting: it goes on by itself
                    }
                }
                if (System.nanoTime() > until) {
                    throw new QmpError.TimedOut("the end of block job " + id, deadline);
                }
                signal.await(LOOK_AGAIN);
            }
        }
    }

    /** Starts a job, or does nothing when it runs already. */
    interface Start {
        void run() throws QmpError;
    }

    private Optional<JsonNode> state() throws QmpError {
        for (JsonNode job : qmp.execute(QmpCommand.of("query-jobs"), reply)) {
            if (job.path("id").asText().equals(id)) {
                return Optional.of(job);
            }
        }
        return Optional.empty();
    }

    /**
     * What could not be recorded is not done: the job is cancelled and the top stays active. A journal that breaks leaves
     * the job where it is, since nobody knows what it holds; the next executor takes it over.
     */
    private Optional<HostException> finalise(SwitchOver switchOver) throws QmpError {
        try {
            switchOver.record();
        } catch (HostException e) {
            qmp.execute(QmpCommand.of("job-cancel").with("id", id), reply);
            return Optional.of(e);
        }
        qmp.execute(QmpCommand.of("job-finalize").with("id", id), reply);
        return Optional.empty();
    }

    /** One that ends by itself in this moment has failed: none succeeds without being finalised. */
    private Optional<HostException> cancel() throws QmpError {
        try {
            qmp.execute(QmpCommand.of("job-cancel").with("id", id), reply);
            return Optional.of(HostException.cancelled("block job " + id + " was ended before its switch-over"));
        } catch (QmpError.Refused e) {
            log.debug("block job {} is not cancelled: {}", id, e.getMessage());
            return Optional.empty();
        }
    }

    private void conclude(JsonNode job, Optional<HostException> ended) throws QmpError, HostException {
        qmp.execute(QmpCommand.of("job-dismiss").with("id", id), reply);
        outcome(job.path("type").asText(), job.path("error").asText(), ended);
    }

    /** Whether one that was taken over in its last moment did what it should, its caller sees where the layers lie. */
    private void gone(String error, Optional<HostException> ended) throws HostException {
        if (!dismissesItself) {
            throw HostException.refused("block job " + id + " is gone; it was ended by someone else");
        }
        outcome("stream", error, ended);
    }

    private void outcome(String type, String error, Optional<HostException> ended) throws HostException {
        if (ended.isPresent()) {
            throw ended.get();
        }
        if (!error.isEmpty()) {
            throw new QmpError.Refused(type, "JobError", error).asHost();
        }
        log.debug("block job {} is done", id);
    }
}
