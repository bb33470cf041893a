package io.snapledger.query.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.stream.Changes;
import io.snapledger.schema.message.Json;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What any client of HTTP may rely on, whatever it asks. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpTest {
    private static final String OPS = "https://ops.example.org";

    private final MemoryLog log = new MemoryLog();
    private final LatestProgress progress = new LatestProgress();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ReadSide side;
    private QueryServer server;
    private Described described;
    private QueryServer shared;
    private Story story;

    @BeforeAll
    void start() {
        side = new ReadSide(log);
        story = new Story(log, "web");
        for (int i = 0; i < 20; i++) {
            story.created("s" + i);
        }
        side.shows(log.head());
        server = served(Set.of());
        shared = served(Set.of(OPS));
        described = Described.by(server);
    }

    private QueryServer served(Set<String> origins) {
        return QueryServer.start(
                new QueryServer.Access(
                        "127.0.0.1", 0, Optional.empty(), Duration.ofSeconds(5), origins, Streaming.USUAL),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                Changes.start(log, side.slots, side.arrivals, progress, 5),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    @AfterAll
    void stop() {
        server.close();
        shared.close();
        side.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/domains/web",
                "/api/v1/domains/web/snapshots",
                "/api/v1/domains/web/snapshots/s3/xml",
                "/api/v1/domains/web/tree?format=text",
                "/api/v1/domains/web/operations"
            })
    void what_a_client_has_already_is_not_sent_again(String path) throws Exception {
        HttpResponse<String> first = get(path);
        String tag = first.headers().firstValue("ETag").orElseThrow();
        new Story(log, "beside " + path.hashCode());
        side.shows(log.head());

        HttpResponse<String> again = get(path, "If-None-Match", "\"other\", " + tag);
        HttpResponse<String> strong = get(path, "If-None-Match", tag.substring(2));
        HttpResponse<String> other = get(path, "If-None-Match", "\"other\"");

        assertThat(tag).startsWith("W/\"");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.headers().firstValue("ETag")).contains(tag);
        assertThat(again.headers().firstValue("Vary").orElse("")).contains("Accept", "Accept-Encoding");
        assertThat(again.headers().firstValueAsLong("Snapledger-Position")).hasValue(log.head());
        assertThat(strong.statusCode()).isEqualTo(304);
        assertThat(other.statusCode()).isEqualTo(200);
        assertThat(get(path, "If-None-Match", "*").statusCode()).isEqualTo(304);
    }

    @Test
    void what_changed_is_sent() throws Exception {
        Story changing = new Story(log, "changing");
        side.shows(log.head());
        String tag =
                get("/api/v1/domains/changing").headers().firstValue("ETag").orElseThrow();
        changing.created("new");
        side.shows(log.head());

        HttpResponse<String> after = get("/api/v1/domains/changing", "If-None-Match", tag);

        assertThat(after.statusCode()).isEqualTo(200);
        assertThat(after.headers().firstValue("ETag").orElseThrow()).isNotEqualTo(tag);
        assertThat(after.headers().firstValue("Cache-Control").orElse("")).contains("no-cache");
    }

    @Test
    void two_forms_of_one_answer_have_two_names() throws Exception {
        String path = "/api/v1/domains/web/snapshots/s1";

        assertThat(get(path, "Accept", "application/xml").headers().firstValue("ETag"))
                .isNotEqualTo(get(path).headers().firstValue("ETag"));
    }

    @Test
    void a_big_answer_is_packed_for_who_can_unpack_it() throws Exception {
        String path = "/api/v1/domains/web/snapshots";
        HttpResponse<byte[]> packed = client.send(
                request(server, path).header("Accept-Encoding", "gzip").build(),
                HttpResponse.BodyHandlers.ofByteArray());

        assertThat(packed.headers().firstValue("Content-Encoding")).contains("gzip");
        try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
            assertThat(new String(unpacked.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(get(path).body());
        }
        assertThat(get(path).headers().firstValue("Content-Encoding")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v1/domains/web/snapshots/s1 | text/html,application/xml;q=0.9,*/*;q=0.8 | application/xml
            /api/v1/domains/web/snapshots/s1 | application/xml;q=0.1,application/json | application/json
            /api/v1/domains/web/snapshots/s1 | application/* | application/json
            /api/v1/domains/web/snapshots/s1 | application/json;q=0,*/* | application/xml
            /api/v1/domains/web/snapshots/s1 | application/XML | application/xml
            /api/v1/domains/web/tree | text/plain | text/plain
            /api/v1/domains/web/tree?format=json | text/plain | application/json
            /api/v1/domains/web | '' | application/json
            /api/v1/audit | text/csv | text/csv
            """)
    void the_form_is_the_one_that_is_wanted_most(String path, String accept, String type) throws Exception {
        HttpResponse<String> response = get(path, "Accept", accept);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(type);
    }

    @Test
    void a_form_that_there_is_not_is_refused() throws Exception {
        HttpResponse<String> response = get("/api/v1/domains/web/snapshots/s1", "Accept", "image/png");

        assertThat(problem(response, 406)).contains("image/png", "application/json or application/xml");
    }

    @Test
    void the_head_of_an_answer_can_be_had_alone() throws Exception {
        for (String path : new String[] {"/api/v1/domains/web", "/api/v1/stream", "/livez"}) {
            HttpResponse<String> head =
                    client.send(request(server, path).HEAD().build(), HttpResponse.BodyHandlers.ofString());

            assertThat(head.statusCode()).as(path).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.headers().firstValue("Content-Type")).isPresent();
        }
        HttpResponse<Void> unknown = client.send(
                request(server, "/api/v1/domains/none").HEAD().build(), HttpResponse.BodyHandlers.discarding());
        assertThat(unknown.statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v1/domains | GET, HEAD, OPTIONS
            /api/v1/projections/audit/replay | POST, OPTIONS
            """)
    void the_methods_of_a_path_are_told(String path, String allowed) throws Exception {
        HttpResponse<String> options = send("OPTIONS", server, path);
        HttpResponse<String> delete = send("DELETE", server, path);

        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(options.headers().firstValue("Allow")).contains(allowed);
        assertThat(problem(delete, 405)).contains("DELETE", allowed);
        assertThat(delete.headers().firstValue("Allow")).contains(allowed);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v2/domains | 404 | /api/v2/domains
            /api/v1/domains/web/snapshots/a/b/c | 404 | /api/v1
            /api/v1/domains?limt=3 | 400 | did you mean limit?
            /api/v1/domains/web/snapshots?root&Leaves | 400 | leaves and roots
            /api/v1/operations/6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11?x=1 | 400 | "x"
            /api/v1/projections/audit/replay | 405 | POST
            """)
    void what_was_mistyped_is_told(String path, int status, String named) throws Exception {
        assertThat(problem(get(path), status)).contains(named);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET /api/v1/domains/%zz HTTP/1.1 | 400
            GET /api/v1/domains?limit=%zz HTTP/1.1 | 400
            GET /api/v1/domains?cursor=%ff%fe HTTP/1.1 | 400
            GET /api/v1/domains/%00 HTTP/1.1 | 400
            GET /api/v1/../../etc/passwd HTTP/1.1 | 404
            GET nonsense HTTP/1.1 | 400
            GET /api/v1/domains HTTP/9.9 | 505
            BREW /api/v1/domains HTTP/1.1 | 405
            """)
    void even_what_cannot_be_read_is_a_problem(String line, int status) throws Exception {
        String answer = raw(line);

        assertThat(answer).startsWith("HTTP/1.1 " + status);
        assertThat(answer).containsIgnoringCase("Content-Type: application/problem+json");
        assertThat(answer).contains("\"status\":" + status).doesNotContain("Jetty", "<html");
    }

    @Test
    void an_address_that_is_too_long_is_a_problem() throws Exception {
        assertThat(raw("GET /api/v1/domains/" + "x".repeat(20_000) + " HTTP/1.1"))
                .startsWith("HTTP/1.1 414")
                .contains("application/problem+json");
    }

    @Test
    void other_pages_may_not_read_the_answers_unless_configured() throws Exception {
        HttpResponse<String> off = get("/api/v1/domains", "Origin", OPS);
        HttpResponse<String> on = get(shared, "/api/v1/domains", "Origin", OPS);
        HttpResponse<String> other = get(shared, "/api/v1/domains", "Origin", "https://evil.example.org");
        HttpResponse<String> refused = get(shared, "/api/v1/domains/none", "Origin", OPS);

        assertThat(off.headers().map().keySet())
                .noneMatch(h -> h.toLowerCase(Locale.ROOT).startsWith("access-control"));
        assertThat(on.headers().firstValue("Access-Control-Allow-Origin")).contains(OPS);
        assertThat(on.headers().firstValue("Access-Control-Expose-Headers").orElse(""))
                .contains("Snapledger-Position");
        assertThat(on.headers().firstValue("Vary").orElse("")).contains("Origin");
        assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(other.headers().firstValue("Vary").orElse("")).contains("Origin");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(refused.headers().firstValue("Access-Control-Allow-Origin")).contains(OPS);
    }

    @Test
    void a_browser_may_ask_before_it_asks() throws Exception {
        HttpResponse<String> on =
                send("OPTIONS", shared, "/api/v1/domains", "Origin", OPS, "Access-Control-Request-Method", "GET");
        HttpResponse<String> off =
                send("OPTIONS", server, "/api/v1/domains", "Origin", OPS, "Access-Control-Request-Method", "GET");

        assertThat(on.statusCode()).isEqualTo(204);
        assertThat(on.headers().firstValue("Access-Control-Allow-Origin")).contains(OPS);
        assertThat(on.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
                .contains("GET");
        assertThat(on.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("Authorization");
        assertThat(off.headers().firstValue("Access-Control-Allow-Methods")).isEmpty();
    }

    /** As it goes over the wire, since a client of Java's would not send it. */
    private String raw(String line) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write((line + "\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static HttpRequest.Builder request(QueryServer to, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.port() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return get(server, path, headers);
    }

    private HttpResponse<String> get(QueryServer to, String path, String... headers) throws Exception {
        return send("GET", to, path, headers);
    }

    private HttpResponse<String> send(String method, QueryServer to, String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(to, path).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return described.check(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private static String problem(HttpResponse<String> response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = Json.lenient().readTree(response.body());
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("instance").asText()).startsWith("/");
        return problem.path("detail").asText();
    }
}
