package io.snapledger.servers;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker, one node, as a child process with a class path of its own, on the loopback address only.
 *
 * <p>A durable broker keeps its data in a folder of the caller's and outlives the death of this process by force; the
 * next start on the folder stops what was left over and opens the same data. A throw-away broker ends with this process
 * however that ends, and takes its folder along when closed. Topics are made by name; none appears by being mentioned.
 *
 * <p>All methods may be called from any thread. Every failure is a {@link ServerException}.
 */
public final class KafkaServer implements Broker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaServer.class);
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final String NAME = "Kafka";
    private static final String MAIN = "io.snapledger.servers.broker.KafkaNode";

    private final Kind kind;
    private final Path folder;
    private final int port;
    private final Process process;
    private final Claim claim;
    private final TopicMaker topics;
    private @Nullable Thread hook;
    private boolean closed;

    private KafkaServer(Kind kind, Path folder, int port, Process process, Claim claim) {
        this.kind = kind;
        this.folder = folder;
        this.port = port;
        this.process = process;
        this.claim = claim;
        this.topics = new TopicMaker(bootstrapServers(), () -> Folders.tail(folder.resolve("kafka.log")));
    }

    private enum Kind {
        DURABLE,
        THROW_AWAY
    }

    /**
     * Starts a broker that keeps its data, or starts it again.
     *
     * @param folder where its data and its log are; made when missing
     * @param port the port for clients; 0 picks a free one
     * @throws ServerException when another process runs a broker on the folder, the folder holds something else, the
     *     port is taken, or the broker ends or is silent for a minute
     */
    public static KafkaServer durable(Path folder, int port) {
        return start(Kind.DURABLE, folder.toAbsolutePath().normalize(), port, Map.of());
    }

    /**
     * Another way to the broker, through somebody's proxy.
     *
     * @param listens the port at which the broker ends it
     * @param told the proxy's port, which clients of this way are told to come to
     */
    public record Detour(int listens, int told) {}

    /** As {@link #durable(Path, int)}, with detours beside the straight way. */
    public static KafkaServer durable(Path folder, int port, List<Detour> detours) {
        return start(Kind.DURABLE, folder.toAbsolutePath().normalize(), port, ways(detours));
    }

    /** Starts an empty broker for tests, on a free port and in a temporary folder. */
    public static KafkaServer throwAway() {
        return throwAway(Map.of());
    }

    /**
     * As {@link #throwAway()}, set otherwise.
     *
     * @param more settings of Kafka; listeners, their addresses and protocols come beside ours
     */
    public static KafkaServer throwAway(Map<String, String> more) {
        var folder = Folders.temporary("snapledger-kafka-");
        try {
            var server = start(Kind.THROW_AWAY, folder, 0, more);
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

    private static KafkaServer start(Kind kind, Path folder, int wantedPort, Map<String, String> more) {
        long begun = System.nanoTime();
        var claim = Claim.on(folder, NAME);
        try {
            stopOrphan(folder);
            int port = Ports.claim(wantedPort, NAME);
            refuseStrangeData(folder.resolve("data"));
            var process = launch(kind, folder, port, more);
            LOG.info(
                    "Kafka on {}:{}, data in {}, started in {} ms",
                    Ports.HOST,
                    port,
                    folder,
                    (System.nanoTime() - begun) / 1_000_000);
            return new KafkaServer(kind, folder, port, process, claim);
        } catch (RuntimeException e) {
            try {
                claim.close();
            } catch (ServerException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Stops the broker that an owner left behind when it died; the start time tells it from a stranger of its number. */
    private static void stopOrphan(Path folder) {
        var file = folder.resolve("kafka.pid");
        try {
            if (Files.exists(file)) {
                var words = Files.readString(file).strip().split(" ", -1);
                if (words.length == 2 && words[0].matches("[0-9]{1,18}")) {
                    ProcessHandle.of(Long.parseLong(words[0]))
                            .filter(found -> started(found).equals(words[1]))
                            .ifPresent(found -> {
                                LOG.info(
                                        "stopping the Kafka (process {}) that an earlier run left on {}",
                                        found.pid(),
                                        folder);
                                Child.stop(found, "TERM", STOP);
                            });
                }
            }
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder.resolve("kafka.ready"));
        } catch (IOException e) {
            throw new ServerException("cannot read what the last run left in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void refuseStrangeData(Path data) {
        try {
            if (!Folders.isEmpty(data) && !Files.exists(data.resolve("meta.properties"))) {
                var properties = data.resolve("bootstrap.checkpoint");
                if (!Files.exists(properties)) {
                    throw new ServerException(
                            "%s is not empty and holds no Kafka data; give another folder".formatted(data));
                }
            }
        } catch (IOException e) {
            throw new ServerException("cannot read " + data + ": " + e.getMessage(), e);
        }
    }

    /** Whoever comes in at the one port is sent on to the other, so that all of its connections take that way. */
    private static Map<String, String> ways(List<Detour> detours) {
        var ways = new HashMap<String, String>();
        for (int i = 0; i < detours.size(); i++) {
            var name = "DETOUR" + i;
            ways.merge("listeners", name + "://127.0.0.1:" + detours.get(i).listens(), KafkaSettings::both);
            ways.merge(
                    "advertised.listeners",
                    name + "://127.0.0.1:" + detours.get(i).told(),
                    KafkaSettings::both);
            ways.merge("listener.security.protocol.map", name + ":PLAINTEXT", KafkaSettings::both);
        }
        return ways;
    }

    private static void write(Map<String, String> more, Path file) {
        var properties = new Properties();
        properties.putAll(more);
        try (var out = Files.newOutputStream(file)) {
            properties.store(out, null);
        } catch (IOException e) {
            throw new ServerException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static Process launch(Kind kind, Path folder, int port, Map<String, String> more) {
        var log = folder.resolve("kafka.log");
        var properties = folder.resolve("kafka.properties");
        write(more, properties);
        var process = Child.start(command(kind, folder, port, properties), log);
        try {
            if (kind == Kind.DURABLE) {
                process.getOutputStream().close();
            }
            Files.writeString(folder.resolve("kafka.pid"), process.pid() + " " + started(process.toHandle()));
            awaitReady(process, folder, log);
            return process;
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e instanceof ServerException known
                    ? known
                    : new ServerException("cannot start Kafka on " + folder, e);
        }
    }

    private static void awaitReady(Process process, Path folder, Path log) throws IOException {
        var deadline = Deadline.in(START);
        var ready = folder.resolve("kafka.ready");
        var own = Long.toString(process.pid());
        while (!Files.exists(ready) || !Files.readString(ready).equals(own)) {
            if (!process.isAlive()) {
                throw new ServerException(
                        "Kafka on %s ended with %d".formatted(folder, process.exitValue()) + Folders.tail(log));
            }
            if (deadline.passed()) {
                throw new ServerException(
                        "Kafka on %s was not ready within %s".formatted(folder, START) + Folders.tail(log));
            }
            deadline.pause();
        }
    }

    private static List<String> command(Kind kind, Path folder, int port, Path properties) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
                "-cp",
                brokerLib().resolve("*") + File.pathSeparator + codeSource(),
                MAIN,
                folder.toString(),
                Integer.toString(port),
                Integer.toString(Ports.free()),
                kind == Kind.THROW_AWAY ? "tied" : "free",
                properties.toString());
    }

    /** The jars of the broker: where a property says, beside our own code, or where the build put them. */
    private static Path brokerLib() {
        var said = Optional.ofNullable(System.getProperty("snapledger.broker.lib")).map(Path::of).stream();
        var code = codeSource();
        var tried = Stream.concat(
                        said,
                        Stream.of(
                                code.resolveSibling("broker-lib"),
                                code.resolveSibling("..").resolve("broker-lib").normalize(),
                                Build.read().brokerLib()))
                .toList();
        return tried.stream()
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> new ServerException("the jars of the Kafka broker are in none of " + tried
                        + "; build the servers module, or name their folder with -Dsnapledger.broker.lib"));
    }

    private static Path codeSource() {
        var source = KafkaServer.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new ServerException("cannot tell where the servers module was loaded from");
        }
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new ServerException("cannot tell where the servers module was loaded from", e);
        }
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    private synchronized void closeAtExit() {
        hook = Thread.ofPlatform().name("stop-kafka").unstarted(this::stop);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public String bootstrapServers() {
        return Ports.HOST + ":" + port;
    }

    /** The port for clients. */
    public int port() {
        return port;
    }

    /** The broker's process, for tests that kill it. */
    public long pid() {
        return process.pid();
    }

    /** Whether the broker's process runs. */
    public boolean isRunning() {
        return Child.isRunning(process.toHandle());
    }

    /** The folder with its data and its log. */
    public Path folder() {
        return folder;
    }

    @Override
    public void topic(String name, int partitions, Map<String, String> settings) {
        topics.make(name, partitions, settings);
    }

    /** Stops the broker in order. A repeat does nothing. */
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
            topics.close();
            Child.stop(process.toHandle(), "TERM", STOP);
            process.getOutputStream().close();
            Files.deleteIfExists(folder.resolve("kafka.pid"));
            Files.deleteIfExists(folder.resolve("kafka.ready"));
        } catch (IOException e) {
            LOG.debug("tidying up after process {}", process.pid(), e);
        } finally {
            if (kind == Kind.THROW_AWAY) {
                Folders.forget(folder);
            }
        }
        LOG.info("Kafka on {}:{} stopped", Ports.HOST, port);
    }
}
