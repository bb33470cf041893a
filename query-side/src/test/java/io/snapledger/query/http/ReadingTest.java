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
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.OperationId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fleet, past and audit as clients ask for them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadingTest {
    private final MemoryLog log = new MemoryLog();
    private final HttpClient client = HttpClient.newHttpClient();
    private ReadSide side;
    private QueryServer server;
    private Described described;
    private OperationId failed;

    @BeforeAll
    void start() {
        side = new ReadSide(log);
        Story story = new Story(log, "web-1").created("a");
        HostPath a = story.active();
        story.created("b").deleted(story.active(), a, "b");
        new Story(log, "db-1").created("nightly");
        failed = story.failed("never");
        side.shows(log.head());
        LatestProgress progress = new LatestProgress();
        server = QueryServer.start(
                new QueryServer.Access("127.0.0.1", 0, Optional.empty(), Duration.ofSeconds(2)),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                Changes.start(log, side.slots, side.arrivals, progress, 5),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        described = Described.by(server);
    }

    @AfterAll
    void stop() {
        server.close();
        side.close();
    }

    private HttpResponse<String> get(String path, String accept) throws IOException, InterruptedException {
        return described.check(client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/v1" + path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofString()));
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path, "application/json");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.strict().readTree(response.body());
    }

    private static List<String> names(JsonNode page) {
        List<String> names = new ArrayList<>();
        page.path("items").forEach(one -> names.add(one.path("name").asText()));
        return names;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /snapshots | nightly,a
            /snapshots?sort=name | a,nightly
            /snapshots?sort=-depth&host=localhost | a,nightly
            /snapshots?domain=db-1 | nightly
            /snapshots?q=NIGHT | nightly
            /snapshots?actor=ann&roots&leaves&external | nightly,a
            /snapshots?actor=bob | ''
            /snapshots?host=elsewhere | ''
            /snapshots?atPosition=4&sort=name | a
            /snapshots?asOf=2026-11-21T08:00:00Z | ''
            /domains/web-1/snapshots?sort=-createdAt&atPosition=6 | b,a
            /domains?host=localhost | db-1,web-1
            /domains?atPosition=4 | web-1
            /domains/web-1/deleted | b
            """)
    void lists_of_the_fleet_and_of_the_past(String path, String wanted) throws Exception {
        assertThat(String.join(",", names(json(path)))).isEqualTo(wanted);
    }

    @Test
    void snapshots_of_the_fleet_say_whose_they_are() throws Exception {
        JsonNode snapshot = json("/snapshots?q=nightly").path("items").path(0);

        assertThat(snapshot.path("domainName").asText()).isEqualTo("db-1");
        assertThat(snapshot.path("host").asText()).isEqualTo("localhost");
        assertThat(snapshot.path("actor").asText()).isEqualTo("ann");
        assertThat(snapshot.path("depth").asInt()).isZero();
        assertThat(snapshot.path("size").isNull()).isTrue();
    }

    @Test
    void pages_of_the_fleet_go_on_and_a_cursor_is_bound_to_its_question() throws Exception {
        String next = json("/snapshots?limit=1&sort=name").path("next").asText();

        assertThat(names(json("/snapshots?limit=1&sort=name&cursor=" + next))).containsExactly("nightly");
        HttpResponse<String> refused = get("/snapshots?limit=1&cursor=" + next, "application/json");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("sort=name").contains("sort=-createdAt");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /snapshots?sort=age | 400 | -createdAt
            /snapshots?atSequence=1 | 400 | atSequence
            /snapshots?domain=none | 404 | none
            /snapshots?label=x | 400 | label
            /domains/web-1/snapshots?sort=name&topological | 400 | topological and sort=name
            /domains/web-1/snapshots/b | 404 | was deleted at 2026-11-21T08:00:08Z by ann
            /domains/web-1/diff?from=2026-11-21T08:00:00Z&fromPosition=1 | 400 | give one
            /domains/none/diff | 404 | none
            /domains/none/layers | 404 | none
            /audit/x | 400 | x
            /audit/99999 | 404 | 99999
            /operations?state=done | 400 | rolledBack
            /operations/6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11/timeline | 404 | 6f1c0ee2
            """)
    void what_cannot_be_answered_names_the_value(String path, int status, String named) throws Exception {
        HttpResponse<String> response = get(path, "application/json");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(named);
    }

    @Test
    void layers_diff_timeline_and_one_line_of_the_audit_are_as_described() throws Exception {
        assertThat(json("/domains/web-1/layers").path("layers")).hasSize(2);
        JsonNode diff = json("/domains/web-1/diff?fromPosition=6");
        assertThat(diff.path("snapshots").path("removed").path(0).path("name").asText())
                .isEqualTo("b");
        assertThat(diff.path("current").path("to").asText()).isEqualTo("a");
        assertThat(json("/domains/web-1/diff?from=2026-11-21T08:00:00Z")
                        .path("defined")
                        .path("to")
                        .asBoolean())
                .isTrue();
        assertThat(json("/operations/" + failed + "/timeline").path("moments")).hasSize(8);
        assertThat(json("/operations?state=rolledBack")
                        .path("items")
                        .path(0)
                        .path("id")
                        .asText())
                .isEqualTo(failed.toString());
        assertThat(json("/audit/1").path("line").path("type").asText()).isEqualTo("DomainDefined");
    }

    @Test
    void the_whole_audit_goes_out_as_lines() throws Exception {
        HttpResponse<String> lines = get("/audit", "application/x-ndjson");
        HttpResponse<String> csv = get("/audit?type=SnapshotCreated", "text/csv");

        assertThat(lines.headers().firstValue("Snapledger-Position")).contains(Long.toString(log.head()));
        assertThat(lines.body().lines()).hasSize((int) log.head());
        for (String line : lines.body().lines().toList()) {
            assertThat(Json.strict().readTree(line).path("position").isNumber()).isTrue();
        }
        assertThat(csv.body().lines()).hasSize(4);
        assertThat(csv.body()).startsWith("position,at,domain");
        assertThat(get("/audit?limit=2", "application/x-ndjson").body().lines()).hasSize(2);
    }
}
