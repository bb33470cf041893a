package io.snapledger.servers.testing;

import io.snapledger.servers.KafkaSettings;
import io.snapledger.servers.ServerException;
import io.snapledger.servers.TopicMaker;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** A Kafka in a container. */
record KafkaContainer(TiedContainer container, TopicMaker topics) implements OwnBroker {
    private static final int PORT = 9092;

    static KafkaContainer start(String image, int port) {
        var container = new TiedContainer(image, PORT, port, List.of());
        var settings = new HashMap<>(KafkaSettings.COMMON);
        settings.put("listeners", "OUTSIDE://:9092,INSIDE://:9093,CONTROLLER://:9094");
        settings.put(
                "advertised.listeners", "OUTSIDE://%s:%d,INSIDE://localhost:9093".formatted(container.host(), port));
        settings.put("inter.broker.listener.name", "INSIDE");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listener.security.protocol.map", "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.quorum.voters", "1@localhost:9094");
        settings.put("log.dirs", "/var/lib/kafka/data");
        settings.forEach((name, value) -> container.withEnv(variable(name), value));
        container.withEnv("KAFKA_HEAP_OPTS", "-Xmx256m");
        container.start();
        var kafka = new KafkaContainer(container, new TopicMaker(bootstrap(container), container::lastWords));
        kafka.awaitServing();
        return kafka;
    }

    private static String variable(String setting) {
        return "KAFKA_" + setting.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private static String bootstrap(TiedContainer container) {
        return container.host() + ":" + container.port();
    }

    private void awaitServing() {
        try (var admin = Admin.create(Map.of(
                "bootstrap.servers",
                bootstrapServers(),
                "reconnect.backoff.ms",
                500,
                "reconnect.backoff.max.ms",
                500))) {
            container.awaitServing(() -> hasBroker(admin));
        }
    }

    private static boolean hasBroker(Admin admin) {
        try {
            return !admin.describeCluster().nodes().get(1, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted while waiting for Kafka", e);
        }
    }

    @Override
    public String bootstrapServers() {
        return bootstrap(container);
    }

    @Override
    public void topic(String name, int partitions, Map<String, String> settings) {
        topics.make(name, partitions, settings);
    }

    @Override
    public void stop() {
        container.halt();
    }

    @Override
    public void startAgain() {
        container.resume();
        awaitServing();
    }

    @Override
    public void close() {
        topics.close();
        container.stop();
    }
}
