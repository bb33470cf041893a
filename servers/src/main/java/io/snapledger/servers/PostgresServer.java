package io.snapledger.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL as a child process, on the loopback address only, with the superuser {@code postgres} who needs no
 * password there.
 *
 * <p>A durable server keeps its data in a folder of the caller's, with every write forced to the disk, and outlives the
 * death of this process by force; the next start on the folder stops what was left over and opens the same data. A
 * throw-away server forces nothing, ends with this process however that ends, and takes its folder along when closed.
 *
 * <p>All methods may be called from any thread. Every failure is a {@link ServerException}.
 */
public final class PostgresServer implements Postgres, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final String NAME = "PostgreSQL";

    /** Ends the server when our end of its input closes; started beside it, so that it is nobody's child. */
    private static final String TIED = """
            exec 3<&0
            ( ( read -r _ <&3; tr '\\0' ' ' < /proc/$$/cmdline | grep -qF -- "$0" && kill -INT $$ ) > /dev/null 2>&1 & )
            exec "$@" 3<&- < /dev/null""";

    private static final Map<String, String> OURS =
            Map.of("listen_addresses", Ports.HOST, "unix_socket_directories", "");

    private final Kind kind;
    private final Path folder;
    private final int port;
    private final Process process;
    private final Claim claim;
    private @Nullable Thread hook;
    private boolean closed;

    private PostgresServer(Kind kind, Path folder, int port, Process process, Claim claim) {
        this.kind = kind;
        this.folder = folder;
        this.port = port;
        this.process = process;
        this.claim = claim;
    }

    private enum Kind {
        DURABLE,
        THROW_AWAY
    }

    /**
     * Starts a server that keeps its data, or starts it again.
     *
     * @param folder where its data and its log are; made when missing
     * @param port the port to listen on; 0 picks a free one
     * @throws ServerException when another process runs a server on the folder, the folder holds another major version
     *     or something else, the port is taken, or PostgreSQL ends or is silent for a minute
     */
    public static PostgresServer durable(Path folder, int port) {
        return start(Kind.DURABLE, folder.toAbsolutePath().normalize(), port, Account.find());
    }

    /** Starts an empty server for tests and builds, on a free port and in a temporary folder. */
    public static PostgresServer throwAway() {
        return throwAwayAs(Account.find());
    }

    static PostgresServer throwAwayAs(Account account) {
        var folder = Folders.temporary("snapledger-postgres-");
        try {
            account.own(folder);
            var server = start(Kind.THROW_AWAY, folder, 0, account);
            server.closeAtExit();
            return server;
        } catch (ServerException e) {
            try {
                Folders.delete(folder);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    static PostgresServer durableAs(Account account, Path folder, int port) {
        return start(Kind.DURABLE, folder, port, account);
    }

    private static PostgresServer start(Kind kind, Path folder, int wantedPort, Account account) {
        long begun = System.nanoTime();
        var claim = Claim.on(folder, NAME);
        try {
            var binaries = PostgresBinaries.unpacked(account.cache());
            var log = folder.resolve("postgres.log");
            var data = folder.resolve("data");
            boolean crashed = stopOrphan(data);
            int port = Ports.claim(wantedPort, NAME);
            prepare(kind, data, binaries, account, log);
            var process = launch(kind, data, port, binaries, account, log, crashed);
            LOG.info(
                    "PostgreSQL {} on {}:{}, data in {}, started in {} ms",
                    binaries.major(),
                    Ports.HOST,
                    port,
                    folder,
                    (System.nanoTime() - begun) / 1_000_000);
            return new PostgresServer(kind, folder, port, process, claim);
        } catch (RuntimeException e) {
            closeSuppressed(claim, e);
            throw e;
        }
    }

    /**
     * Stops the server that an owner left behind when it died.
     *
     * @return whether the last run did not end in order
     */
    private static boolean stopOrphan(Path data) {
        var file = data.resolve("postmaster.pid");
        var pid = line(file, 0).map(String::strip).filter(text -> text.matches("[0-9]+"));
        if (pid.isEmpty()) {
            return Files.exists(file);
        }
        var found = ProcessHandle.of(Long.parseLong(pid.get())).filter(Child::isRunning);
        if (found.isPresent() && Child.words(found.get()).contains(data.toString())) {
            LOG.info("stopping the PostgreSQL (process {}) that an earlier run left on {}", pid.get(), data);
            Child.stop(found.get(), "INT", STOP);
        }
        if (ProcessHandle.of(Long.parseLong(pid.get())).isPresent()) {
            disownPid(file);
        }
        return Files.exists(file);
    }

    /**
     * The number in the lock file now belongs to an ended process that nobody reaped yet, or to a stranger; PostgreSQL
     * would take either for a living server. A number beyond all processes tells it the truth and leaves its own check of
     * the shared memory in force.
     */
    private static void disownPid(Path file) {
        try {
            var lines = new ArrayList<>(Files.readAllLines(file));
            if (lines.isEmpty()) {
                return;
            }
            lines.set(0, Integer.toString(Integer.MAX_VALUE));
            var beside = Files.writeString(file.resolveSibling("postmaster.pid.new"), String.join("\n", lines) + "\n");
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException _) {
            LOG.debug("{} went away with the server that wrote it", file);
        } catch (IOException e) {
            throw new ServerException("cannot correct the stale lock file " + file, e);
        }
    }

    private static void prepare(Kind kind, Path data, PostgresBinaries binaries, Account account, Path log) {
        try {
            var version = line(data.resolve("PG_VERSION"), 0).map(String::strip);
            if (version.isPresent()) {
                if (!version.get().equals(binaries.major())) {
                    throw new ServerException(
                            "%s holds data of PostgreSQL %s, and this is PostgreSQL %s; give another folder, or move the data with pg_dump of the old version"
                                    .formatted(data, version.get(), binaries.major()));
                }
            } else if (Folders.isEmpty(data)) {
                initialise(kind, data, binaries, account, log);
            } else {
                throw new ServerException(
                        "%s is not empty and holds no PostgreSQL data; give another folder".formatted(data));
            }
        } catch (IOException e) {
            throw new ServerException("cannot prepare " + data + ": " + e.getMessage(), e);
        }
    }

    private static void initialise(Kind kind, Path data, PostgresBinaries binaries, Account account, Path log)
            throws IOException {
        var fresh = data.resolveSibling("data.new");
        Folders.delete(fresh);
        Files.createDirectories(fresh);
        account.own(fresh);
        var command = new ArrayList<>(List.of(
                binaries.program("initdb"),
                "--pgdata=" + fresh,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=" + PostgresSettings.LOCALE));
        if (kind == Kind.THROW_AWAY) {
            command.add("--no-sync");
        }
        Child.run(account.command(command), log, START);
        Files.deleteIfExists(data);
        Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /** After a crash, helpers of the dead server may hold its shared memory for a moment; so a first refusal is no verdict. */
    private static Process launch(
            Kind kind, Path data, int port, PostgresBinaries binaries, Account account, Path log, boolean crashed) {
        var command = command(kind, data, port, binaries, account);
        var deadline = Deadline.in(START);
        while (true) {
            var process = Child.start(command, log);
            if (kind == Kind.DURABLE) {
                closeInput(process);
            }
            if (becomesReady(process, data, deadline)) {
                return process;
            }
            if (!crashed || deadline.passed()) {
                Child.stop(process.toHandle(), "INT", STOP);
                throw new ServerException("PostgreSQL on %s did not become ready".formatted(data) + Folders.tail(log));
            }
        }
    }

    private static boolean becomesReady(Process process, Path data, Deadline deadline) {
        var file = data.resolve("postmaster.pid");
        var own = Long.toString(process.pid());
        while (process.isAlive() && !deadline.passed()) {
            if (line(file, 7).map(String::strip).equals(Optional.of("ready"))
                    && line(file, 0).map(String::strip).equals(Optional.of(own))) {
                return true;
            }
            try {
                deadline.pause();
            } catch (ServerException e) {
                process.destroyForcibly();
                throw e;
            }
        }
        return false;
    }

    private static List<String> command(Kind kind, Path data, int port, PostgresBinaries binaries, Account account) {
        var command = new ArrayList<>(
                List.of(binaries.program("postgres"), "-D", data.toString(), "-p", Integer.toString(port)));
        Stream.of(OURS, PostgresSettings.COMMON)
                .forEach(all -> all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value))));
        var own = account.command(command);
        if (kind == Kind.DURABLE) {
            return own;
        }
        var tied = new ArrayList<>(List.of("sh", "-c", TIED, data.toString()));
        tied.addAll(own);
        PostgresSettings.UNSAFE.forEach((name, value) -> tied.addAll(List.of("-c", name + "=" + value)));
        return List.copyOf(tied);
    }

    private static void closeInput(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            LOG.debug("closing the input of process {}", process.pid(), e);
        }
    }

    private static Optional<String> line(Path file, int index) {
        try {
            return Files.readString(file).lines().skip(index).findFirst();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static void closeSuppressed(AutoCloseable closeable, Exception first) {
        try {
            closeable.close();
        } catch (Exception e) {
            first.addSuppressed(e);
        }
    }

    private synchronized void closeAtExit() {
        hook = Thread.ofPlatform().name("stop-postgres").unstarted(this::stop);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** The process of the server's first program, for tests that kill it. */
    public long pid() {
        return process.pid();
    }

    /** Whether the server's process runs. */
    public boolean isRunning() {
        return Child.isRunning(process.toHandle());
    }

    /** The folder with its data and its log. */
    public Path folder() {
        return folder;
    }

    @Override
    public String url(String database) {
        return "jdbc:postgresql://%s:%d/%s?user=postgres".formatted(Ports.HOST, port, database);
    }

    /** Stops the server in order: open transactions are rolled back. A repeat does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (hook != null && !closed) {
                try {
                    Runtime.getRuntime().removeShutdownHook(hook);
                } catch (IllegalStateException _) {
                    LOG.debug("this process is ending already");
                }
            }
        }
        stop();
    }

    private synchronized void stop() {
        if (closed) {
            return;
        }
        closed = true;
        try (claim) {
            Child.stop(process.toHandle(), "INT", STOP);
            closeInput(process);
        } finally {
            if (kind == Kind.THROW_AWAY) {
                Folders.forget(folder);
            }
        }
        LOG.info("PostgreSQL on {}:{} stopped", Ports.HOST, port);
    }
}
