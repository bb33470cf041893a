package io.snapledger.standalone;

import io.snapledger.command.CommandSide;
import io.snapledger.command.CommandSideConfig;
import io.snapledger.executor.Executor;
import io.snapledger.executor.ExecutorConfig;
import io.snapledger.query.QuerySide;
import io.snapledger.query.QuerySideConfig;
import io.snapledger.runtime.config.Lifecycle;
import io.snapledger.servers.KafkaServer;
import io.snapledger.servers.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * All parts in one process on one folder: PostgreSQL, Kafka, both sides and the executor of the host {@code localhost}.
 * Guests are processes of their own and live on when this ends.
 */
public final class Standalone implements AutoCloseable {
    private static final String HOST = "localhost";
    private static final int LARGEST_MESSAGE = 16 << 20;
    private static final int PARTITIONS = 4;
    private static final Duration LONGEST_OPENING = Duration.ofSeconds(60);
    private static final Duration HOST_HEARD = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Lifecycle parts = new Lifecycle("snapledger");
    private final ReentrantLock opening = new ReentrantLock();
    private final Path data;
    private int httpPort;
    private int kafkaPort;

    /**
     * Where it is to be and be reached; a port of 0 picks a free one.
     *
     * @param storageRoots folders of images beside {@code DIR/images}
     * @param undoTime how long a revert or a deletion can be taken back; zero for not at all
     * @param jobSpeed the most bytes a second of a commit; zero for as many as it can
     */
    public record Options(
            Path data,
            int httpPort,
            int kafkaPort,
            int postgresPort,
            List<Path> storageRoots,
            Duration undoTime,
            long jobSpeed) {
        public Options {
            storageRoots = List.copyOf(storageRoots);
        }

        /** With commits as fast as they can. */
        public Options(
                Path data, int httpPort, int kafkaPort, int postgresPort, List<Path> storageRoots, Duration undoTime) {
            this(data, httpPort, kafkaPort, postgresPort, storageRoots, undoTime, 0);
        }

        /** Without an undo time. */
        public Options(Path data, int httpPort, int kafkaPort, int postgresPort, List<Path> storageRoots) {
            this(data, httpPort, kafkaPort, postgresPort, storageRoots, Duration.ZERO);
        }
    }

    private Standalone(Path data) {
        this.data = data;
    }

    /**
     * Starts all parts and tells of each when it is ready; when one cannot start, those before it are stopped again.
     *
     * @throws io.snapledger.runtime.config.LifecycleException with the part and the reason
     */
    public static Standalone start(Options options, Consumer<String> ready) {
        Standalone all = on(options.data());
        all.open(options, ready);
        return all;
    }

    /** Not started yet, so that whoever must stop it can hold it before it begins to start. */
    public static Standalone on(Path data) {
        return new Standalone(data.toAbsolutePath().normalize());
    }

    /** As {@link #start}. {@link #close} by another thread in the meantime makes it fail. */
    public void open(Options options, Consumer<String> ready) {
        opening.lock();
        try {
            startParts(options, ready);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        } finally {
            opening.unlock();
        }
    }

    private void startParts(Options options, Consumer<String> ready) {
        parts.start("the data folder", () -> lock(data));
        PostgresServer postgres =
                parts.start("PostgreSQL", () -> PostgresServer.durable(folder("postgres"), options.postgresPort()));
        ready.accept("postgres    " + postgres.url());
        KafkaServer kafka = parts.start("Kafka", () -> KafkaServer.durable(folder("kafka"), options.kafkaPort()));
        kafkaPort = kafka.port();
        ready.accept("kafka       " + kafka.bootstrapServers());
        parts.start(
                "the command side",
                () -> CommandSide.start(CommandSideConfig.from(Map.of(
                        "database.url", postgres.url(),
                        "kafka.servers", kafka.bootstrapServers(),
                        "kafka.largest.message", Integer.toString(LARGEST_MESSAGE),
                        "topic.partitions", Integer.toString(PARTITIONS),
                        "undo.time", options.undoTime().toString(),
                        "group.member", "up"))));
        ready.accept("command     deciding");
        QuerySide query = parts.start(
                "the query side",
                () -> QuerySide.start(QuerySideConfig.from(Map.of(
                        "database.url", postgres.url(),
                        "kafka.servers", kafka.bootstrapServers(),
                        "http.port", Integer.toString(options.httpPort())))));
        httpPort = query.port();
        ready.accept("query       " + url());
        Instant before = Instant.now();
        parts.start("the executor", () -> Executor.start(executor(options, kafka)));
        awaitHost(postgres.url(), before);
        ready.accept("executor    host " + HOST + ", images in " + data.resolve("images"));
        if (!socketFolder().startsWith(data)) {
            ready.accept("sockets     " + socketFolder());
        }
    }

    /** Commands for a host that has not told of itself would be refused, so readiness waits for its first word. */
    private static void awaitHost(String url, Instant before) {
        long end = System.nanoTime() + HOST_HEARD.toNanos();
        while (!heard(url, before)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the executor told nothing of its host within " + HOST_HEARD);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private static boolean heard(String url, Instant before) {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement select = connection.prepareStatement(
                        "select exists (select from ledger.host where name = ? and last_heard >= ?)")) {
            select.setString(1, HOST);
            select.setTimestamp(2, Timestamp.from(before));
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("it cannot be told whether the host was heard", e);
        }
    }

    /** Where the query side is reached. */
    public String url() {
        return "http://127.0.0.1:" + httpPort;
    }

    /** The folder of the guests' sockets. */
    public Path socketFolder() {
        try {
            return SocketFolder.of(data);
        } catch (IOException e) {
            throw new UncheckedIOException("there is no place for sockets: " + e.getMessage(), e);
        }
    }

    /** Where Kafka is reached. */
    public String bootstrap() {
        return "127.0.0.1:" + kafkaPort;
    }

    private ExecutorConfig executor(Options options, KafkaServer kafka) {
        List<String> roots = new ArrayList<>(List.of(folder("images").toString()));
        options.storageRoots().forEach(root -> roots.add(root.toAbsolutePath().toString()));
        Map<String, String> values = new TreeMap<>(Map.of(
                "kafka.servers", kafka.bootstrapServers(),
                "host.name", HOST,
                "data.folder", data.toString(),
                "storage.roots", String.join(",", roots),
                "definitions.folder", folder("definitions").toString(),
                "sockets.folder", socketFolder().toString(),
                "journal.folder", folder("executor").toString(),
                "job.speed", Long.toString(options.jobSpeed())));
        return ExecutorConfig.from(values);
    }

    private Path folder(String name) {
        try {
            return Files.createDirectories(data.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException("folder " + data.resolve(name) + " cannot be made", e);
        }
    }

    private static AutoCloseable lock(Path data) throws IOException {
        Files.createDirectories(data);
        FileChannel channel =
                FileChannel.open(data.resolve("up.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("another process runs on " + data + "; stop it, or give another folder with --data");
        }
        return channel;
    }

    /** Stops all parts, also those that another thread is starting just now, in reverse order. A repeat does nothing. */
    @Override
    public void close() {
        parts.close();
        try {
            if (opening.tryLock(LONGEST_OPENING.toMillis(), TimeUnit.MILLISECONDS)) {
                opening.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
