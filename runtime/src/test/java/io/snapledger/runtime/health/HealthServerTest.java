package io.snapledger.runtime.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HealthServerTest {
    private final Health health = new Health();
    private final Trouble intake = health.watch("intake", new Trouble());
    private final ProcessMetrics metrics = new ProcessMetrics();
    private final HttpClient client = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private HealthServer server;

    @BeforeEach
    void listen() throws Exception {
        server = HealthServer.start(new HealthServer.Address("127.0.0.1", 0), health, metrics.registry());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        metrics.close();
    }

    @Test
    void a_process_is_ready_while_every_part_goes_on() throws Exception {
        health.watch("database", Optional::empty);
        assertThat(get("/readyz").body()).isEqualTo("ready\n");

        intake.note("the brokers\n  are away");
        intake.note(new IllegalStateException("they still are"));

        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").body()).matches("intake for \\d+ s: they still are\n");
        assertThat(get("/livez").statusCode()).isEqualTo(200);

        intake.over();

        assertThat(get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void a_trouble_is_one_line() {
        intake.note("one\n  two");

        assertThat(health.troubles()).hasSize(1).first().asString().endsWith("one two");
    }

    @Test
    void figures_are_in_the_words_of_prometheus() throws Exception {
        assertThat(get("/metrics").body())
                .contains("# TYPE jvm_memory_used_bytes gauge", "process_files_open_files", "process_uptime_seconds");
    }

    @Test
    void nothing_else_is_answered() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/readyz/more").statusCode()).isEqualTo(404);
        assertThat(send("POST", "/readyz").statusCode()).isEqualTo(405);
        assertThat(send("HEAD", "/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void a_part_is_watched_once() {
        assertThatThrownBy(() -> health.watch("intake", Optional::empty)).hasMessageContaining("\"intake\"");
        assertThat(health.troubles()).isEqualTo(List.of());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send("GET", path);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
