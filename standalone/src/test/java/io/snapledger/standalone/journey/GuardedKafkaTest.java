package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.CommandSide;
import io.snapledger.command.CommandSideConfig;
import io.snapledger.executor.Executor;
import io.snapledger.executor.ExecutorConfig;
import io.snapledger.query.QuerySide;
import io.snapledger.query.QuerySideConfig;
import io.snapledger.runtime.config.Lifecycle;
import io.snapledger.servers.KafkaServer;
import io.snapledger.servers.Ports;
import io.snapledger.servers.PostgresServer;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Kafka that lets nobody in without TLS and a password, as one that is shared has it. */
@Tag("qemu")
@Tag("nightly")
class GuardedKafkaTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "correct horse";
    private static final String STORE_PASSWORD = "of the store";

    @TempDir
    private Path folder;

    private final Lifecycle parts = new Lifecycle("guarded");
    private int guarded;
    private String database = "";

    @BeforeEach
    void start() throws Exception {
        guarded = Ports.free();
        Path store = folder.resolve("broker.p12");
        certificate(store);
        database = parts.start("PostgreSQL", PostgresServer::throwAway).url("postgres");
        parts.start("Kafka", () -> KafkaServer.throwAway(guard(store)));
    }

    @AfterEach
    void stop() {
        parts.close();
    }

    @Test
    void each_process_and_the_command_line_come_in_with_their_properties() throws Exception {
        Path images = Files.createDirectories(folder.resolve("images"));
        String image = new Disks(images).make("web.qcow2").toString();
        Map<String, String> kafka = kafka(PASSWORD);
        parts.start(
                "the command side",
                () -> CommandSide.start(CommandSideConfig.from(with(kafka, "topic.partitions", "1"))));
        QuerySide query = parts.start(
                "the query side", () -> QuerySide.start(QuerySideConfig.from(with(kafka, "http.port", "0"))));
        Map<String, String> host = with(kafka, "host.name", "localhost");
        host.remove("database.url");
        host.put("data.folder", folder.toString());
        parts.start("the executor", () -> Executor.start(ExecutorConfig.from(host)));

        Prompt prompt = new Prompt(
                "http://127.0.0.1:" + query.port(),
                List.of(
                        "--bootstrap",
                        "127.0.0.1:" + guarded,
                        "--kafka-properties",
                        folder.resolve("client.properties").toString()));
        Waiting.until(
                PATIENCE,
                () -> "not defined",
                () -> prompt.execute(
                                        "define",
                                        "web",
                                        "--host",
                                        "localhost",
                                        "--memory",
                                        "64M",
                                        "--disk",
                                        "vda,file=" + image + ",format=qcow2")
                                .status()
                        == 0);
        prompt.ran("snapshot-create-as", "web", "one", "--disk-only");

        assertThat(images.resolve("web.one")).isRegularFile();
    }

    @Test
    void a_wrong_password_is_told_at_the_start() throws IOException {
        Map<String, String> kafka = with(kafka("wrong"), "topic.partitions", "1");

        assertThatThrownBy(() -> CommandSide.start(CommandSideConfig.from(kafka)))
                .hasStackTraceContaining("Invalid username or password");
    }

    /** The broker's way in with TLS and a password, beside the one that it talks to itself by. */
    private Map<String, String> guard(Path store) {
        String listener = "listener.name.guarded.";
        return Map.of(
                "listeners",
                "GUARDED://127.0.0.1:" + guarded,
                "advertised.listeners",
                "GUARDED://127.0.0.1:" + guarded,
                "listener.security.protocol.map",
                "GUARDED:SASL_SSL",
                listener + "ssl.keystore.type",
                "PKCS12",
                listener + "ssl.keystore.location",
                store.toString(),
                listener + "ssl.keystore.password",
                STORE_PASSWORD,
                listener + "sasl.enabled.mechanisms",
                "PLAIN",
                listener + "plain.sasl.jaas.config",
                login("user_snapledger=\"" + PASSWORD + "\""));
    }

    private Map<String, String> kafka(String password) throws IOException {
        return Map.of(
                "database.url",
                database,
                "kafka.servers",
                "127.0.0.1:" + guarded,
                "kafka.properties",
                properties(password).toString());
    }

    /** What Kafka's own tools take by {@code --command-config}. */
    private Path properties(String password) throws IOException {
        return Files.writeString(folder.resolve("client.properties"), """
                security.protocol=SASL_SSL
                sasl.mechanism=PLAIN
                sasl.jaas.config=%s
                ssl.truststore.type=PEM
                ssl.truststore.location=%s
                """.formatted(
                        login("username=\"snapledger\" password=\"" + password + "\""), folder.resolve("broker.pem")));
    }

    private static String login(String options) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required " + options + ";";
    }

    private static Map<String, String> with(Map<String, String> settings, String key, String value) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(key, value);
        return all;
    }

    private void certificate(Path store) throws IOException, InterruptedException {
        keytool(store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=broker", "-ext", "san=ip:127.0.0.1");
        keytool(
                store,
                "-exportcert",
                "-rfc",
                "-file",
                folder.resolve("broker.pem").toString());
    }

    private static void keytool(Path store, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(List.of(words));
        line.addAll(List.of("-alias", "broker", "-keystore", store.toString(), "-storepass", STORE_PASSWORD));
        Process tool = new ProcessBuilder(line).inheritIO().start();
        assertThat(tool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(tool.exitValue()).isZero();
    }
}
