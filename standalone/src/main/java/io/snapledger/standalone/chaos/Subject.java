package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A domain that is worked on: who sends to it and who writes to its disks take turns here. */
final class Subject {
    private static final Duration SETTLED = Duration.ofSeconds(4);
    private static final Duration WRITTEN = Duration.ofSeconds(90);
    private static final Duration TRY_AGAIN = Duration.ofMillis(300);
    private static final String MONITOR = ".look";

    private final Book book;
    private final HostFolder host;
    private final Wire wire;
    private final History history;
    private final Object disks = new Object();
    private boolean writing;

    Subject(Book book, HostFolder host, Wire wire, History history) {
        this.book = book;
        this.host = host;
        this.wire = wire;
        this.history = history;
    }

    Book book() {
        return book;
    }

    HostFolder host() {
        return host;
    }

    /** Sends the command unless the disks are being written. */
    synchronized boolean send(Wire.Id id, DomainCommand command) {
        if (writing) {
            return false;
        }
        wire.send(id, book.domain(), command);
        return true;
    }

    /** Follows the log, as far as PostgreSQL can be asked just now. */
    boolean refresh() {
        try {
            book.refresh();
            return true;
        } catch (SQLException e) {
            history.note(
                    "unread",
                    line -> line.put("domain", book.domain().toString()).put("why", String.valueOf(e.getMessage())));
            return false;
        }
    }

    /** Nothing goes on in it. */
    boolean idle() {
        return wire.open().stream().noneMatch(s -> s.domain().equals(book.domain()))
                && refresh()
                && book.state().definition().isPresent()
                && book.state().inFlight().isEmpty();
    }

    /** Writes a pattern to one of the disks, if the domain comes to rest soon. */
    void write(RandomGenerator random) {
        synchronized (this) {
            writing = true;
        }
        try {
            if (Waiting.until(SETTLED, Duration.ofMillis(100), this::idle)) {
                int which = random.nextInt(book.definition().disks().size());
                pattern(book.definition().disks().get(which), random);
            }
        } finally {
            synchronized (this) {
                writing = false;
            }
        }
    }

    private void pattern(Disk disk, RandomGenerator random) {
        Cells now = book.disk(disk.target());
        int first = 1 + random.nextInt(48);
        int count = 1 + random.nextInt(6);
        int value = 1 + random.nextInt(249);
        history.note("writes", line -> written(line, disk, first, count, value));
        StringBuilder why = new StringBuilder();
        if (!Waiting.until(WRITTEN, TRY_AGAIN, () -> wrote(disk, first, count, value, why))) {
            throw new IllegalStateException("disk " + disk.target() + " of "
                    + book.definition().name() + " cannot be written within " + WRITTEN + ": " + why);
        }
        book.wrote(disk.target(), now.with(first, count, value));
        history.note("wrote", line -> written(line, disk, first, count, value));
    }

    private void written(ObjectNode line, Disk disk, int first, int count, int value) {
        line.put("domain", book.domain().toString())
                .put("sequence", book.sequence())
                .put("disk", disk.target().value())
                .put("first", first)
                .put("count", count)
                .put("value", value);
    }

    /** A full file system or a tool that has the image keeps a write from being made; the same write is made again. */
    private boolean wrote(Disk disk, int first, int count, int value, StringBuilder why) {
        synchronized (disks) {
            try {
                refresh();
                Chain chain = book.state().layers().chain(disk);
                if (guest().isPresent()) {
                    try (Monitor monitor = monitor()) {
                        monitor.tell(onDevice(disk, Images.writing(first, count, value)));
                        monitor.tell(onDevice(disk, "flush"));
                    }
                    requireRead(chain, first, count, value);
                } else {
                    Images.write(chain.layers(), first, count, value);
                }
                return true;
            } catch (IOException e) {
                why.setLength(0);
                why.append(e.getMessage());
                return false;
            }
        }
    }

    /** Whether a write was made, QEMU 7.2 says on its own output and not to the monitor. */
    private static void requireRead(Chain chain, int first, int count, int value) throws IOException {
        Cells found = Images.read(chain.layers(), Optional.empty(), Long.MAX_VALUE);
        if (!found.with(first, count, value).equals(found)) {
            throw new IOException("the write was not made");
        }
    }

    private static String onDevice(Disk disk, String command) {
        return "qemu-io -d /machine/peripheral/" + disk.target() + "-device/virtio-backend \"" + command + "\"";
    }

    private Monitor monitor() throws IOException {
        return Monitor.open(host.sockets().resolve(book.domain() + MONITOR));
    }

    /** The process of its guest. */
    Optional<ProcessHandle> guest() {
        return host.guests().stream()
                .filter(p -> HostFolder.commandLine(p).contains(book.domain().toString()))
                .findFirst();
    }

    /** Ends the guest by force, but not in the midst of a write of ours; whether there was one is told. */
    boolean killGuest() {
        synchronized (disks) {
            Optional<ProcessHandle> guest = guest();
            guest.ifPresent(g -> {
                g.destroyForcibly();
                Waiting.until(Duration.ofSeconds(10), () -> !g.isAlive());
            });
            return guest.isPresent();
        }
    }

    /** What the guest does, by its own monitor. */
    RunState runState() throws IOException {
        if (guest().isEmpty()) {
            return RunState.SHUTOFF;
        }
        try (Monitor monitor = monitor()) {
            String said = monitor.tell("info status");
            return said.contains("running") ? RunState.RUNNING : RunState.PAUSED;
        }
    }

    /** What the guest's process still holds back of its images is in the files. */
    void flush() throws IOException {
        if (guest().isPresent()) {
            try (Monitor monitor = monitor()) {
                for (Disk disk : book.definition().disks()) {
                    monitor.tell(onDevice(disk, "flush"));
                }
            }
        }
    }
}
