package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection per guest, shared by all who need it: QEMU's monitor serves a single client at a time. A connection that
 * ended is made anew when it is next asked for.
 */
final class Monitors implements AutoCloseable {
    private static final long MAX_BANDWIDTH = 10L << 30;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Sockets sockets;
    private final Deadlines deadlines;
    private final Map<Path, Slot> slots = new ConcurrentHashMap<>();

    Monitors(Sockets sockets, Deadlines deadlines) {
        this.sockets = sockets;
        this.deadlines = deadlines;
    }

    private static final class Slot {
        private final ReentrantLock lock = new ReentrantLock();
        private Optional<Qmp> connection = Optional.empty();
    }

    /**
     * The monitor of the guest; empty when no process holds the guest. A guest's process that was started and does not
     * answer yet is waited for.
     */
    Optional<Qmp> of(Domain domain) throws HostException {
        Path socket = sockets.monitor(domain);
        Slot slot = slots.computeIfAbsent(socket, _ -> new Slot());
        slot.lock.lock();
        try {
            if (slot.connection.filter(Qmp::isOpen).isEmpty()) {
                slot.connection = connected(domain, socket);
            }
            return slot.connection;
        } catch (QmpError e) {
            throw e.asHost();
        } finally {
            slot.lock.unlock();
        }
    }

    Optional<Guest> guestOf(Domain domain) throws HostException {
        return of(domain).map(qmp -> new Guest(domain, qmp, deadlines));
    }

    /** @throws HostException refused when there is none */
    Guest guest(Domain domain) throws HostException {
        return guestOf(domain)
                .orElseThrow(() ->
                        HostException.refused("domain " + domain.definition().name() + " runs no guest"));
    }

    private Optional<Qmp> connected(Domain domain, Path socket) throws QmpError, HostException {
        Path pidFile = sockets.pidFile(domain);
        long until = System.nanoTime() + deadlines.guestStart().toNanos();
        Signal never = new Signal();
        String why = "it is not there";
        while (true) {
            boolean alive = GuestProcess.alive(pidFile).isPresent();
            if (Files.exists(socket)) {
                try {
                    return Optional.of(ready(Qmp.open(socket, deadlines.monitorReply())));
                } catch (QmpError.Disconnected e) {
                    why = e.getMessage();
                    if (!alive) {
                        return Optional.empty();
                    }
                }
            } else if (!alive) {
                return Optional.empty();
            }
            if (System.nanoTime() > until) {
                throw new HostException(new Failure.ConnectionLost("the process of the guest of domain "
                        + domain.definition().name() + " lives, but its monitor " + socket + " does not answer: "
                        + why));
            }
            never.await(LOOK_AGAIN);
        }
    }

    private Qmp ready(Qmp qmp) throws QmpError {
        try {
            prepare(qmp);
            return qmp;
        } catch (QmpError e) {
            qmp.close();
            throw e;
        }
    }

    /**
     * Migration tells of its end by itself, and is not slowed down. While one is under way, which an executor that was
     * killed has left, QEMU takes no capabilities; it was told then.
     */
    private void prepare(Qmp qmp) throws QmpError {
        if (!new Migration(qmp, deadlines).isUnderWay()) {
            ArrayNode capabilities = Json.strict().createArrayNode();
            capabilities.addObject().put("capability", "events").put("state", true);
            qmp.execute(
                    QmpCommand.of("migrate-set-capabilities").with("capabilities", capabilities),
                    deadlines.monitorReply());
        }
        qmp.execute(
                QmpCommand.of("migrate-set-parameters").with("max-bandwidth", MAX_BANDWIDTH), deadlines.monitorReply());
    }

    /** Ends the connections; the guests go on. */
    @Override
    public void close() {
        for (Slot slot : slots.values()) {
            slot.lock.lock();
            try {
                slot.connection.ifPresent(Qmp::close);
            } finally {
                slot.lock.unlock();
            }
        }
    }
}
