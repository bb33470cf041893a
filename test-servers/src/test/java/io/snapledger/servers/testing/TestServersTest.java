package io.snapledger.servers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.snapledger.servers.Broker;
import io.snapledger.servers.Deadline;
import io.snapledger.servers.KafkaSettings;
import io.snapledger.servers.PostgresSettings;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tests may count on, wherever the servers run: it is run with {@code -Dsnapledger.servers=embedded} and without. */
@Timeout(180)
class TestServersTest {
    @Test
    void gives_each_test_an_empty_database() throws SQLException {
        var one = TestServers.freshDatabase();
        var other = TestServers.freshDatabase();

        assertThat(one).isNotEqualTo(other);
        assertThat(ask(one, "select count(*) from pg_tables where schemaname = 'public'"))
                .isEqualTo("0");
    }

    @Test
    void makes_a_topic_once_and_leaves_an_existing_one() throws Exception {
        var topic = TestServers.freshTopic(3);
        TestServers.kafka().topic(topic, 5);
        send(TestServers.kafka(), topic, "one");

        assertThat(topic).endsWith(".topic");
        try (var consumer = consumer(TestServers.kafka())) {
            assertThat(consumer.partitionsFor(topic)).hasSize(3);
        }
    }

    @Test
    void carries_a_message_of_fifteen_megabytes() throws Exception {
        var topic = TestServers.freshTopic(1);
        var large = "x".repeat(15 * 1024 * 1024);

        send(TestServers.kafka(), topic, large);

        assertThat(read(TestServers.kafka(), topic, 1).getFirst()).hasSameSizeAs(large);
    }

    @Test
    void postgres_is_of_the_same_version_and_set_alike_everywhere() throws SQLException {
        var url = TestServers.postgres().url();

        assertThat(ask(url, "show server_version")).startsWith("18.");
        assertThat(ask(url, "show server_encoding")).isEqualTo("UTF8");
        assertThat(ask(url, "select datcollate from pg_database where datname = 'postgres'"))
                .isEqualTo(PostgresSettings.LOCALE);
        var settings = new HashMap<>(PostgresSettings.COMMON);
        settings.putAll(PostgresSettings.UNSAFE);
        // every client of JDBC says its own
        settings.remove("timezone");
        for (var setting : settings.entrySet()) {
            assertThat(ask(url, "show " + setting.getKey()))
                    .as(setting.getKey())
                    .isEqualTo(setting.getValue());
        }
    }

    @Test
    void kafka_is_set_alike_everywhere() throws Exception {
        var broker = new ConfigResource(ConfigResource.Type.BROKER, KafkaSettings.COMMON.get("node.id"));
        try (var admin =
                Admin.create(Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers()))) {
            var config = admin.describeConfigs(List.of(broker))
                    .all()
                    .get(30, TimeUnit.SECONDS)
                    .get(broker);

            KafkaSettings.COMMON.forEach((name, value) ->
                    assertThat(config.get(name).value()).as(name).isEqualTo(value));
        }
    }

    @Test
    void a_postgres_of_ones_own_goes_and_comes_back_with_what_it_held() throws SQLException {
        try (var postgres = TestServers.ownPostgres()) {
            var url = postgres.database("kept");
            tell(url, "create table kept as select 'here' as word");
            assertThat(ask(url, "show fsync")).isEqualTo("on");

            postgres.stop();
            postgres.stop();
            assertThatExceptionOfType(SQLException.class).isThrownBy(() -> ask(url, "select 1"));
            postgres.startAgain();

            assertThat(ask(url, "select word from kept")).isEqualTo("here");
        }
    }

    @Test
    void a_kafka_of_ones_own_goes_and_comes_back_with_what_it_held() throws Exception {
        try (var kafka = TestServers.ownKafka()) {
            kafka.topic("kept", 1);
            send(kafka, "kept", "here");
            var servers = kafka.bootstrapServers();

            kafka.stop();
            kafka.startAgain();

            assertThat(kafka.bootstrapServers()).isEqualTo(servers);
            kafka.topic("more", 1);
            assertThat(read(kafka, "kept", 1)).containsExactly("here");
        }
    }

    private static String ask(String url, String query) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void tell(String url, String statement) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var told = connection.createStatement()) {
            told.execute(statement);
        }
    }

    private static void send(Broker broker, String topic, String value) throws Exception {
        var settings = Map.<String, Object>of(
                "bootstrap.servers", broker.bootstrapServers(),
                "max.request.size", 16 * 1024 * 1024,
                "buffer.memory", 64L * 1024 * 1024);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, "key", value)).get(30, TimeUnit.SECONDS);
        }
    }

    private static List<String> read(Broker broker, String topic, int count) {
        try (var consumer = consumer(broker)) {
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

    private static KafkaConsumer<String, String> consumer(Broker broker) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer());
    }
}
