package io.snapledger.query.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.stream.Changes;
import io.snapledger.schema.message.Json;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What the server says of itself. That its answers are so is checked wherever {@link Described} is used. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
    private final MemoryLog log = new MemoryLog();
    private final LatestProgress progress = new LatestProgress();
    private ReadSide side;
    private QueryServer server;
    private String text;
    private JsonNode document;

    @BeforeAll
    void start() throws Exception {
        side = new ReadSide(log);
        server = QueryServer.start(
                new QueryServer.Access("127.0.0.1", 0, Optional.of("secret"), Duration.ofSeconds(5)),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                Changes.start(log, side.slots, side.arrivals, progress, 5),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/openapi.json"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
            text = response.body();
        }
        document = Json.lenient().readTree(text);
    }

    @AfterAll
    void stop() {
        server.close();
        side.close();
    }

    @Test
    void it_is_a_description_as_openapi_has_it() {
        SwaggerParseResult read = new OpenAPIV3Parser().readContents(text, List.of(), new ParseOptions());

        assertThat(read.getMessages()).isEmpty();
        assertThat(read.getOpenAPI().getOpenapi()).isEqualTo("3.1.0");
        assertThat(read.getOpenAPI().getPaths()).isNotEmpty();
    }

    @Test
    void every_path_that_is_answered_is_in_it_and_no_other() {
        List<String> api = server.paths().stream()
                .filter(path -> path.startsWith("/api/")
                        || List.of("/livez", "/readyz", "/metrics", OpenApi.PATH)
                                .contains(path))
                .toList();
        List<String> ofThePage = server.paths().stream()
                .filter(path -> !api.contains(path) && !path.equals("*"))
                .toList();

        assertThat(keys(document.path("paths"))).containsExactlyInAnyOrderElementsOf(api);
        assertThat(ofThePage).allMatch(path -> path.equals("/") || path.contains("<file>"));
    }

    @Test
    void what_the_contract_promises_is_in_it() {
        assertThat(keys(document.path("paths")))
                .contains(
                        "/api/v1/domains",
                        "/api/v1/domains/{domain}",
                        "/api/v1/domains/{domain}/snapshots",
                        "/api/v1/domains/{domain}/snapshots/{name}",
                        "/api/v1/domains/{domain}/snapshots/{name}/xml",
                        "/api/v1/domains/{domain}/tree",
                        "/api/v1/domains/{domain}/operations",
                        "/api/v1/operations/{id}",
                        "/api/v1/audit",
                        "/api/v1/stream",
                        "/api/v1/projections",
                        "/api/v1/projections/{name}/replay",
                        "/livez",
                        "/readyz",
                        "/metrics");
        JsonNode snapshots = document.path("paths")
                .path("/api/v1/domains/{domain}/snapshots")
                .path("get");
        assertThat(snapshots.path("parameters").findValuesAsText("name"))
                .contains(
                        "domain",
                        "roots",
                        "noLeaves",
                        "diskOnly",
                        "asOf",
                        "atSequence",
                        "atPosition",
                        "after",
                        "cursor");
        assertThat(keys(document.path("paths")
                        .path("/api/v1/domains/{domain}/snapshots/{name}")
                        .path("get")
                        .path("responses")
                        .path("200")
                        .path("content")))
                .containsExactlyInAnyOrder("application/json", "application/xml");
    }

    @Test
    void each_operation_has_a_name_of_its_own_and_every_problem_is_described() {
        List<String> names = document.path("paths").findValuesAsText("operationId");

        assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(10);
        document.path("paths")
                .forEach(path -> path.forEach(operation -> {
                    JsonNode problem = document.at(operation
                            .path("responses")
                            .path("default")
                            .path("$ref")
                            .asText()
                            .substring(1));
                    assertThat(keys(problem.path("content"))).containsExactly("application/problem+json");
                }));
    }

    @Test
    void a_token_is_asked_for_where_one_is_configured() {
        assertThat(document.path("paths")
                        .path("/api/v1/domains")
                        .path("get")
                        .path("security")
                        .toString())
                .isEqualTo("[{\"token\":[]}]");
        assertThat(document.path("paths")
                        .path("/livez")
                        .path("get")
                        .path("security")
                        .toString())
                .isEqualTo("[]");
    }

    private static List<String> keys(JsonNode node) {
        return node.propertyStream().map(Map.Entry::getKey).toList();
    }
}
