package io.snapledger.standalone.chaos;

import io.snapledger.schema.message.Topics;
import io.snapledger.servers.KafkaServer;
import io.snapledger.servers.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** PostgreSQL and Kafka, each with a straight way for the harness and one through a proxy for each of the others. */
final class Servers implements AutoCloseable {
    private static final int PARTITIONS = 4;
    private static final int LARGEST_MESSAGE = 16 << 20;

    private final Path folder;
    private final int postgresPort;
    private final int kafkaPort;
    private final List<KafkaServer.Detour> detours = new ArrayList<>();
    private final Map<String, Proxy> postgresWays = new TreeMap<>();
    private final Map<String, Proxy> kafkaWays = new TreeMap<>();
    private PostgresServer postgres;
    private KafkaServer kafka;

    /**
     * Starts both; each caller has ways of its own.
     *
     * @param ofPostgres callers of PostgreSQL by their names
     * @param ofKafka callers of Kafka by their names
     */
    Servers(Path folder, List<String> ofPostgres, List<String> ofKafka, Topics topics) throws IOException {
        this.folder = folder;
        postgres = PostgresServer.durable(folder.resolve("postgres"), 0);
        postgresPort = postgres.port();
        for (String caller : ofPostgres) {
            postgresWays.put(caller, Proxy.to(postgresPort));
        }
        for (String caller : ofKafka) {
            int listens = freePort();
            Proxy way = Proxy.to(listens);
            kafkaWays.put(caller, way);
            detours.add(new KafkaServer.Detour(listens, way.port()));
        }
        kafka = KafkaServer.durable(folder.resolve("kafka"), 0, detours);
        kafkaPort = kafka.port();
        topics.all()
                .forEach(topic ->
                        kafka.topic(topic, PARTITIONS, Map.of("max.message.bytes", Integer.toString(LARGEST_MESSAGE))));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** By the name of the caller. */
    Map<String, Proxy> postgresWays() {
        return postgresWays;
    }

    /** By the name of the caller. */
    Map<String, Proxy> kafkaWays() {
        return kafkaWays;
    }

    /** The database as the caller reaches it. */
    String databaseUrl(String caller) {
        return url(way(postgresWays, caller).port());
    }

    /** The brokers as the caller reaches them. */
    String brokers(String caller) {
        return "127.0.0.1:" + way(kafkaWays, caller).port();
    }

    private static Proxy way(Map<String, Proxy> ways, String caller) {
        return Optional.ofNullable(ways.get(caller)).orElseThrow();
    }

    String straightBrokers() {
        return "127.0.0.1:" + kafkaPort;
    }

    Connection connection() throws SQLException {
        return DriverManager.getConnection(url(postgresPort));
    }

    private static String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    }

    synchronized void killPostgres() {
        kill(postgres.pid());
    }

    /** Starts it again where it does not run. */
    synchronized void healPostgres() {
        if (!postgres.isRunning()) {
            postgres.close();
            postgres = PostgresServer.durable(folder.resolve("postgres"), postgresPort);
        }
    }

    synchronized void killKafka() {
        kill(kafka.pid());
    }

    /** Starts it again where it does not run. */
    synchronized void healKafka() {
        if (!kafka.isRunning()) {
            kafka.close();
            kafka = KafkaServer.durable(folder.resolve("kafka"), kafkaPort, detours);
        }
    }

    private static void kill(long pid) {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        process.ifPresent(p -> {
            p.destroyForcibly();
            Waiting.until(java.time.Duration.ofSeconds(10), () -> !p.isAlive());
        });
    }

    @Override
    public void close() throws IOException {
        for (Proxy way : postgresWays.values()) {
            way.close();
        }
        for (Proxy way : kafkaWays.values()) {
            way.close();
        }
        kafka.close();
        postgres.close();
    }
}
