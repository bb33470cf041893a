package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows guests as their monitors come and go: the folder of the sockets tells of new ones, each monitor of the rest.
 * Every guest has a thread of its own.
 */
final class SocketWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SocketWatch.class);

    /** The net beneath the folder's own notices. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final Set<String> TELLING = Set.of(
            "STOP",
            "RESUME",
            "SHUTDOWN",
            "RESET",
            "SUSPEND",
            "WAKEUP",
            "GUEST_PANICKED",
            "GUEST_CRASHLOADED",
            "DISCONNECTED");

    private final WatchService folder;
    private final List<Guest> guests = new CopyOnWriteArrayList<>();

    private SocketWatch(WatchService folder) {
        this.folder = folder;
    }

    static SocketWatch open(Path sockets) throws IOException {
        WatchService folder = sockets.getFileSystem().newWatchService();
        sockets.register(folder, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
        SocketWatch watch = new SocketWatch(folder);
        Thread.ofVirtual().name("sockets").start(watch::follow);
        return watch;
    }

    private void follow() {
        try {
            while (true) {
                WatchKey key = folder.take();
                key.pollEvents();
                guests.forEach(g -> g.signal.raise());
                key.reset();
            }
        } catch (ClosedWatchServiceException e) {
            log.debug("the socket folder is not watched any more");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How to reach the guest; empty when it is off. */
    interface Reach {
        Optional<Qmp> connection() throws HostException;
    }

    Hypervisor.Watch guest(Reach reach, Runnable changed) {
        Guest guest = new Guest(reach, changed);
        guests.add(guest);
        Thread.ofVirtual().name("watch").start(guest::follow);
        return () -> {
            guests.remove(guest);
            guest.closed = true;
            guest.signal.raise();
        };
    }

    private static final class Guest {
        private final Reach reach;
        private final Runnable changed;
        private final Signal signal = new Signal();
        private volatile boolean closed;

        /** What was said of it last, so that it is said once. */
        private String unreachable = "";

        Guest(Reach reach, Runnable changed) {
            this.reach = reach;
            this.changed = changed;
        }

        void follow() {
            try {
                while (!closed) {
                    Optional<Qmp> monitor = connection();
                    if (monitor.isPresent()) {
                        followOne(monitor.get());
                    } else {
                        signal.await(LOOK_AGAIN);
                    }
                }
            } catch (QmpError e) {
                log.debug("a guest is not watched any more: {}", e.getMessage());
            }
        }

        private Optional<Qmp> connection() {
            try {
                Optional<Qmp> monitor = reach.connection();
                unreachable = "";
                return monitor;
            } catch (HostException e) {
                String message = e.failure().message();
                if (!message.equals(unreachable)) {
                    log.warn("a guest's monitor cannot be reached: {}", message);
                    unreachable = message;
                }
                return Optional.empty();
            }
        }

        private void followOne(Qmp monitor) throws QmpError {
            Signal telling = new Signal();
            try (Qmp.Listening _ = monitor.listen(e -> {
                if (TELLING.contains(e.name())) {
                    telling.raise();
                }
            })) {
                changed.run();
                while (!closed && monitor.isOpen()) {
                    if (telling.await(LOOK_AGAIN)) {
                        changed.run();
                    }
                }
            }
            changed.run();
        }
    }

    @Override
    public void close() {
        guests.forEach(g -> {
            g.closed = true;
            g.signal.raise();
        });
        try {
            folder.close();
        } catch (IOException e) {
            log.debug("closing the watch: {}", e.getMessage());
        }
    }
}
