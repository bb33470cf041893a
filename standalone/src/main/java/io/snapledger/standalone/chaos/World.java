package io.snapledger.standalone.chaos;

import io.snapledger.runtime.config.Lifecycle;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** All that runs: servers, sides, hosts, domains, and the way to them. */
final class World implements AutoCloseable {
    static final long DISK_BYTES = 8L << 20;

    /** So slow that a merge takes a second or two, and something can meet it. */
    private static final long JOB_SPEED = 2L << 20;

    private static final long MEMORY_BYTES = 32L << 20;
    private static final Duration HOSTS_HEARD = Duration.ofSeconds(60);
    private static final String LAUNCH = "empty";
    private static final String CLIENTS = "clients";
    private static final List<String> OF_POSTGRES = List.of("command-side-1", "command-side-2", "query-side");
    private static final List<String> OF_KAFKA =
            List.of("command-side-1", "command-side-2", "query-side", "executor-alpha", "executor-beta", CLIENTS);

    private final Lifecycle lifecycle = new Lifecycle("chaos");
    private final History history;
    private final Servers servers;
    private final List<HostFolder> hosts = new ArrayList<>();
    private final List<Part> commandSides = new ArrayList<>();
    private final List<Part> executors = new ArrayList<>();
    private final List<Subject> subjects = new ArrayList<>();
    private final Part querySide;
    private final Wire wire;
    private final int httpPort;

    World(Path folder, Chaos.Options options, History history) throws IOException {
        this.history = history;
        Topics topics = Topics.DEFAULT;
        int size = options.calm() ? HostFolder.LARGE_MIB : HostFolder.SMALL_MIB;
        Path logs = Files.createDirectories(folder.resolve("logs"));
        try {
            servers = lifecycle.start("servers", () -> new Servers(folder, OF_POSTGRES, OF_KAFKA, topics));
            for (String name : List.of("alpha", "beta")) {
                hosts.add(lifecycle.start("host " + name, () -> HostFolder.make(folder, name, size)));
            }
            for (int i = 1; i <= 2; i++) {
                commandSides.add(part(
                        "command-side-" + i,
                        "command-side",
                        "command side ready",
                        Map.of(
                                "database.url", servers.databaseUrl("command-side-" + i),
                                "kafka.servers", servers.brokers("command-side-" + i),
                                "host.silence", "15s",
                                "undo.time", options.seed() % 2 == 0 ? "0s" : "20s",
                                "kafka.largest.message", Integer.toString(16 << 20)),
                        logs));
            }
            httpPort = freePort();
            querySide = part(
                    "query-side",
                    "query-side",
                    "the query side answers",
                    Map.of(
                            "database.url", servers.databaseUrl("query-side"),
                            "kafka.servers", servers.brokers("query-side"),
                            "http.port", Integer.toString(httpPort)),
                    logs);
            for (HostFolder host : hosts) {
                executors.add(part(
                        "executor-" + host.name(),
                        "executor",
                        "executor of " + host.name() + " runs",
                        Map.of(
                                "kafka.servers", servers.brokers("executor-" + host.name()),
                                "host.name", host.name(),
                                "data.folder", host.folder().toString(),
                                "storage.roots", host.images().toString(),
                                "journal.folder", host.journal().toString(),
                                "start.deadline", "60s",
                                "monitor.deadline", "5s",
                                "job.speed", Long.toString(JOB_SPEED)),
                        logs));
            }
            // The first one makes the tables.
            commandSides.getFirst().start();
            commandSides.getFirst().awaitReady();
            sides().forEach(Part::start);
            sides().forEach(Part::awaitReady);
            awaitHosts();
            wire = lifecycle.start(
                    "wire", () -> new Wire(servers.brokers(CLIENTS), servers.straightBrokers(), topics, history));
            subjects(options.seed(), options.domains());
        } catch (IOException | RuntimeException e) {
            lifecycle.close();
            throw e;
        }
    }

    private Part part(String name, String verb, String ready, Map<String, String> settings, Path logs) {
        return lifecycle.start(name, () -> new Part(name, verb, ready, settings, logs));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** All that is ours. */
    List<Part> sides() {
        List<Part> all = new ArrayList<>(commandSides);
        all.add(querySide);
        all.addAll(executors);
        return all;
    }

    private void awaitHosts() {
        if (!Waiting.until(HOSTS_HEARD, Duration.ofMillis(200), () -> hostsHeard() == hosts.size())) {
            throw new IllegalStateException("not every host was heard within " + HOSTS_HEARD);
        }
    }

    private int hostsHeard() {
        try (Connection connection = servers.connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from ledger.host")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException("the hosts cannot be read", e);
        }
    }

    /** The first domain of each host can be started; nobody but firmware is at home in its guest. */
    private void subjects(long seed, int domains) throws IOException {
        Random random = new Random(seed);
        LogRows log = new LogRows(servers);
        for (HostFolder host : hosts) {
            for (int i = 0; i < domains; i++) {
                DomainName name = new DomainName(host.name() + "-" + i);
                List<Disk> disks = new ArrayList<>();
                for (int d = 0; d <= random.nextInt(2); d++) {
                    Path file = host.images().resolve(name + "-" + (char) ('a' + d) + ".qcow2");
                    Images.make(file, DISK_BYTES);
                    disks.add(new Disk(
                            new DiskTarget("vd" + (char) ('a' + d)),
                            new HostPath(file.toString()),
                            ImageFormat.QCOW2,
                            false,
                            Optional.empty()));
                }
                Optional<String> launch = i == 0 ? Optional.of(LAUNCH + disks.size()) : Optional.empty();
                if (launch.isPresent()) {
                    Files.writeString(
                            host.definitions().resolve(launch.get() + ".json"), EmptyGuest.launchDefinition(disks));
                }
                Files.writeString(host.images().resolve(name + "-" + Drawing.OF_THE_USER), "not yours");
                DomainDefinition definition = new DomainDefinition(
                        name,
                        new HostName(host.name()),
                        disks,
                        MEMORY_BYTES,
                        Optional.empty(),
                        Optional.empty(),
                        launch);
                DomainId id = new DomainId(new UUID(random.nextLong(), random.nextLong()));
                subjects.add(new Subject(new Book(id, definition, DISK_BYTES, log), host, wire, history));
            }
        }
    }

    /** All is running, reachable and awake again. */
    void heal() {
        servers.healPostgres();
        servers.healKafka();
        servers.postgresWays().values().forEach(Proxy::heal);
        servers.kafkaWays().values().forEach(Proxy::heal);
        for (HostFolder host : hosts) {
            try {
                host.free();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        sides().forEach(Part::wake);
        sides().forEach(Part::start);
        sides().forEach(Part::awaitReady);
    }

    History history() {
        return history;
    }

    Servers servers() {
        return servers;
    }

    Wire wire() {
        return wire;
    }

    List<HostFolder> hosts() {
        return List.copyOf(hosts);
    }

    List<Part> commandSides() {
        return List.copyOf(commandSides);
    }

    List<Part> executors() {
        return List.copyOf(executors);
    }

    Part querySide() {
        return querySide;
    }

    List<Subject> subjects() {
        return List.copyOf(subjects);
    }

    String queryUrl() {
        return "http://127.0.0.1:" + httpPort;
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
