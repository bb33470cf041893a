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
import java.util.Map;
import java.util.Optional;

/** PostgreSQL and Kafka, each with a straight way for the harness and one through a proxy for everybody else. */
final class Servers implements AutoCloseable {
    private static final int PARTITIONS = 4;
    private static final int LARGEST_MESSAGE = 16 << 20;

    private final Path folder;
    private final int postgresPort;
    private final int kafkaPort;
    private final KafkaServer.Detour detour;
    private final Proxy postgresProxy;
    private final Proxy kafkaProxy;
    private PostgresServer postgres;
    private KafkaServer kafka;

    Servers(Path folder, Topics topics) throws IOException {
        this.folder = folder;
        postgres = PostgresServer.durable(folder.resolve("postgres"), 0);
        postgresPort = postgres.port();
        postgresProxy = Proxy.to(postgresPort);
        int listens = freePort();
        kafkaProxy = Proxy.to(listens);
        detour = new KafkaServer.Detour(listens, kafkaProxy.port());
        kafka = KafkaServer.durable(folder.resolve("kafka"), 0, detour);
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

    Proxy postgresProxy() {
        return postgresProxy;
    }

    Proxy kafkaProxy() {
        return kafkaProxy;
    }

    /** The database as the sides reach it. */
    String databaseUrl() {
        return url(postgresProxy.port());
    }

    /** The brokers as the sides and the clients reach them. */
    String brokers() {
        return "127.0.0.1:" + kafkaProxy.port();
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
            kafka = KafkaServer.durable(folder.resolve("kafka"), kafkaPort, detour);
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
        postgresProxy.close();
        kafkaProxy.close();
        kafka.close();
        postgres.close();
    }
}
