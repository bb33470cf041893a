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
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One domain with this tree, asked about over HTTP:
 *
 * <pre>
 * in (internal, shutoff)
 *   +- mem (external with memory, running)
 *       +- disk (external, disk-snapshot), current
 *       +- b 50% (branch, disk-snapshot)
 * </pre>
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueryServerTest {
    private final MemoryLog log = new MemoryLog();
    private final HttpClient client = HttpClient.newHttpClient();
    private final LatestProgress progress = new LatestProgress();
    private ReadSide side;
    private QueryServer server;
    private Described described;
    private Story story;
    private OperationId failed;

    @BeforeAll
    void start() {
        side = new ReadSide(log);
        story = new Story(log, "web 1");
        story.createdInside("in", SnapshotState.SHUTOFF);
        HostPath base = story.active();
        story.created(
                "mem",
                SnapshotState.RUNNING,
                new MemoryCapture.External(new HostPath("/images/mem.ram"), Optional.empty()));
        story.created("disk").branched("mem", base, "b 50%");
        failed = story.failed("never");
        story.seenInside(base, List.of("in", "x 1", "x 2"), List.of());
        side.shows(log.head());
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

    @Test
    void a_domain_is_found_by_its_name_and_by_its_id() throws Exception {
        JsonNode byName = json("/api/v1/domains/web%201");
        JsonNode byId = json("/api/v1/domains/" + story.id());

        assertThat(byName).isEqualTo(byId);
        assertThat(byName.path("current").asText()).isEqualTo("disk");
        assertThat(byName.path("operation").isNull()).isTrue();
        assertThat(byName.path("position").asLong()).isEqualTo(log.head());
        assertThat(byName.path("disks").path(0).path("chain")).hasSize(3);
    }

    @Test
    void a_snapshot_has_the_fields_of_the_contract() throws Exception {
        JsonNode snapshot = json("/api/v1/domains/web%201/snapshots/mem");

        assertThat(snapshot.propertyStream().map(Map.Entry::getKey).toList())
                .contains(
                        "domain",
                        "name",
                        "description",
                        "parent",
                        "createdAt",
                        "state",
                        "location",
                        "memory",
                        "disks",
                        "current",
                        "children",
                        "descendants",
                        "metadata");
        assertThat(snapshot.path("memory").path("snapshot").asText()).isEqualTo("external");
        assertThat(snapshot.path("memory").path("file").asText()).isEqualTo("/images/mem.ram");
        assertThat(snapshot.path("parent").asText()).isEqualTo("in");
        assertThat(snapshot.path("state").asText()).isEqualTo("running");
        assertThat(snapshot.path("location").asText()).isEqualTo("external");
        assertThat(snapshot.path("disks").path(0).path("target").asText()).isEqualTo("vda");
        assertThat(snapshot.path("description").isNull()).isTrue();
        assertThat(snapshot.path("children").asInt()).isEqualTo(2);
    }

    @Test
    void what_is_answered_can_be_read_as_the_records_of_the_schema() throws Exception {
        Page<SnapshotView> page = Json.lenient()
                .readValue(
                        get("/api/v1/domains/web%201/snapshots").body(),
                        Json.lenient().getTypeFactory().constructParametricType(Page.class, SnapshotView.class));

        assertThat(page.items()).hasSize(4);
        assertThat(page.next()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            roots | in
            leaves | b 50%,disk
            noLeaves | in,mem
            leaves&noLeaves | b 50%,disk,in,mem
            metadata | b 50%,disk,in,mem
            noMetadata | ''
            inactive | in
            offline | in
            active | mem
            online=true | mem
            diskOnly | b 50%,disk
            active&inactive&diskOnly | b 50%,disk,in,mem
            internal | in
            external | b 50%,disk,mem
            mixed | ''
            internal&leaves | ''
            external&leaves | b 50%,disk
            external=false | b 50%,disk,in,mem
            from=in | mem
            from=in&descendants | b 50%,disk,mem
            from=in&descendants&leaves&topological | b 50%,disk
            from=mem | b 50%,disk
            current | ''
            current&descendants | ''
            current=false&from=in | mem
            from=in&current=false&descendants&noLeaves | mem
            topological | in,mem,b 50%,disk
            name=mem | mem
            roots&leaves | ''
            """)
    void L1_L2_L3_L4_L5_L6_L7_L8_filters_are_any_of_a_group_and_all_groups(String query, String names)
            throws Exception {
        JsonNode page = json("/api/v1/domains/web%201/snapshots?" + query);

        List<String> found = new ArrayList<>();
        page.path("items").forEach(s -> found.add(s.path("name").asText()));
        assertThat(String.join(",", found)).isEqualTo(names);
    }

    @Test
    void a_list_goes_on_where_it_ended() throws Exception {
        for (String order : List.of("", "&topological")) {
            List<String> found = new ArrayList<>();
            String cursor = "";
            do {
                JsonNode page = json("/api/v1/domains/web%201/snapshots?limit=1" + order + cursor);
                page.path("items").forEach(s -> found.add(s.path("name").asText()));
                cursor = page.path("next").isNull()
                        ? ""
                        : "&cursor=" + page.path("next").asText();
            } while (!cursor.isEmpty());

            assertThat(found).containsExactlyInAnyOrder("in", "mem", "disk", "b 50%");
        }
    }

    @Test
    void a_name_may_hold_what_a_url_would_take_for_something_else() throws Exception {
        String name = URLEncoder.encode("b 50%", StandardCharsets.UTF_8).replace("+", "%20");

        assertThat(json("/api/v1/domains/web%201/snapshots/" + name)
                        .path("name")
                        .asText())
                .isEqualTo("b 50%");
    }

    @Test
    void V3_the_tree_is_drawn_as_virsh_draws_it() throws Exception {
        HttpResponse<String> text = get("/api/v1/domains/web%201/tree?format=text");

        assertThat(text.body()).isEqualTo("in\n  |\n  +- mem\n      |\n      +- b 50%\n      +- disk\n        \n");
        assertThat(get("/api/v1/domains/web%201/tree?format=text&from=mem").body())
                .isEqualTo("mem\n  |\n  +- b 50%\n  +- disk\n    \n");
        assertThat(get("/api/v1/domains/web%201/tree?format=text&current").body())
                .isEqualTo("disk\n\n");
        JsonNode nodes = json("/api/v1/domains/web%201/tree").path("nodes");
        assertThat(nodes).hasSize(4);
        assertThat(nodes.path(3).path("depth").asInt()).isEqualTo(2);
        assertThat(nodes.path(3).path("current").asBoolean()).isTrue();
    }

    @Test
    void what_is_inside_the_images_of_a_disk_is_listed_page_by_page() throws Exception {
        JsonNode first = json("/api/v1/domains/web%201/disks/vda/snapshots?limit=2");
        JsonNode rest = json("/api/v1/domains/web%201/disks/vda/snapshots?limit=2&cursor="
                + first.path("next").asText());

        assertThat(first.path("items").path(0)).isEqualTo(Json.strict().readTree("""
                        {"domain":"%s","target":"vda","file":"/images/web 1.qcow2","id":"1","tag":"in","vmStateBytes":42,
                         "createdAt":"2026-11-21T08:00:00.123456789Z","vmClockNanos":5000000001,"snapshot":"in","keptFor":null,
                         "foreign":false}
                        """.formatted(story.id())));
        assertThat(first.path("items").path(1).path("foreign").asBoolean()).isTrue();
        assertThat(rest.path("items").path(0).path("tag").asText()).isEqualTo("x 2");
        assertThat(rest.path("next").isNull()).isTrue();
    }

    @Test
    void operations_are_newest_first_and_each_has_its_own_address() throws Exception {
        JsonNode page = json("/api/v1/domains/web%201/operations?limit=2");
        JsonNode one = json("/api/v1/operations/" + failed);

        assertThat(page.path("items").path(0).path("id").asText()).isEqualTo(failed.toString());
        assertThat(page.path("items").path(1).path("command").asText()).isEqualTo("Branch");
        assertThat(one.path("state").asText()).isEqualTo("rolledBack");
        assertThat(one.path("steps").path(0).path("outcome").asText()).isEqualTo("failed");
        JsonNode next = json("/api/v1/domains/web%201/operations?limit=2&cursor="
                + page.path("next").asText());
        assertThat(next.path("items").path(0).path("command").asText()).isEqualTo("CreateSnapshot");
    }

    @Test
    void the_audit_is_newest_first_and_goes_out_as_csv_too() throws Exception {
        JsonNode page = json("/api/v1/audit?domain=web%201&outcome=failed&from=2026-11-21T08:00:00Z");
        HttpResponse<String> csv = client.send(
                request("/api/v1/audit?limit=1&type=OperationRolledBack")
                        .header("Accept", "text/csv")
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(page.path("items").path(0).path("type").asText()).isEqualTo("OperationRolledBack");
        assertThat(page.path("items").path(0).path("code").asText()).isEqualTo("noSpace");
        assertThat(page.path("items").path(0).path("actor").asText()).isEqualTo("ann");
        assertThat(csv.headers().firstValue("Content-Type"))
                .hasValueSatisfying(t -> assertThat(t).startsWith("text/csv"));
        assertThat(csv.body().lines()).hasSize(2);
        assertThat(csv.body()).contains(",event,OperationRolledBack,failed,ann,/tests,command-1," + failed);
    }

    @Test
    void a_reader_waits_for_a_position() throws Exception {
        Story other = new Story(log, "db-1");
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                request("/api/v1/domains/db-1?after=" + (other.position() + 2)).build(),
                HttpResponse.BodyHandlers.ofString());
        other.created("first");

        HttpResponse<String> response = answer.get(10, TimeUnit.SECONDS);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("\"current\":\"first\"");
    }

    @Test
    void a_position_that_does_not_come_is_told_after_the_deadline() throws Exception {
        HttpResponse<String> response = get("/api/v1/domains?after=999999");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(problem(response)).contains("999999");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v1/domains?limit=abc | 400 | limit="abc"
            /api/v1/domains?limit=0 | 400 | 1 to 1000
            /api/v1/domains?limit=1001 | 400 | limit="1001"
            /api/v1/domains?limit= | 400 | limit=""
            /api/v1/domains?limit=1&limit=2 | 400 | 2 times
            /api/v1/domains?colour=red | 400 | "colour"
            /api/v1/domains?cursor=%00garbage | 400 | cursor
            /api/v1/domains?cursor=eyJsaXN0IjoiYXVkaXQiLCJwb3NpdGlvbiI6MSwia2V5IjoiMSJ9 | 400 | cursor
            /api/v1/audit?cursor=eyJsaXN0IjoiYXVkaXQiLCJwb3NpdGlvbiI6MSwia2V5IjoieCJ9 | 400 | "x"
            /api/v1/domains?after=-1 | 400 | after="-1"
            /api/v1/domains?after=99999999999999999999 | 400 | after=
            /api/v1/audit?actor=a%00b | 400 | NUL
            /api/v1/domains?cursor=eyJsaXN0IjoiZG9tYWlucyIsInBvc2l0aW9uIjoxLCJrZXkiOiJhXHUwMDAwYiJ9 | 400 | "a?b"
            /api/v1/domains/none | 404 | "none"
            /api/v1/domains/6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11 | 404 | 6f1c0ee2
            /api/v1/domains/none/snapshots | 404 | "none"
            /api/v1/domains/none/tree | 404 | "none"
            /api/v1/domains/none/operations | 404 | "none"
            /api/v1/domains/web%201/snapshots/none | 404 | "none"
            /api/v1/domains/web%201/snapshots/.x | 400 | ".x"
            /api/v1/domains/web%201/snapshots?from=none | 404 | "none"
            /api/v1/domains/web%201/snapshots?descendants | 400 | from=NAME
            /api/v1/domains/web%201/snapshots?roots&from=in | 400 | roots
            /api/v1/domains/web%201/snapshots?roots&current | 400 | roots is given together with current
            /api/v1/domains/web%201/snapshots?from=in&current | 400 | give one
            /api/v1/domains/web%201/tree?from=in&current | 400 | give one
            /api/v1/domains/web%201/tree?from=none | 404 | "none"
            /api/v1/domains/web%201/tree?descendants | 400 | "descendants"
            /api/v1/domains/web%201/snapshots?leaves=maybe | 400 | leaves="maybe"
            /api/v1/domains/web%201/snapshots?asOf=yesterday | 400 | "yesterday"
            /api/v1/domains/web%201/snapshots?asOf=2020-01-01T00:00:00Z | 404 | 2020-01-01
            /api/v1/domains/web%201?atPosition=1&atSequence=0 | 400 | give one
            /api/v1/domains/web%201?atPosition=99999 | 400 | 99999
            /api/v1/domains/web%201?atSequence=99999 | 404 | 99999
            /api/v1/domains/web%201/disks/vdz/snapshots | 404 | "vdz"; it has vda
            /api/v1/domains/web%201/disks/VDA/snapshots | 400 | "VDA"
            /api/v1/domains/none/disks/vda/snapshots | 404 | "none"
            /api/v1/domains/web%201/disks/vda/snapshots?internal | 400 | "internal"
            /api/v1/domains/web%201/tree?format=svg | 400 | json, text
            /api/v1/operations/7 | 400 | "7"
            /api/v1/operations/6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11 | 404 | 6f1c0ee2
            /api/v1/audit?outcome=good | 400 | accepted
            /api/v1/audit?domain=none | 404 | "none"
            /api/v1/domains/web%201/snapshots/none/xml | 404 | "none"
            /api/v1/nothing | 404 | /api/v1/nothing
            """)
    void what_cannot_be_answered_is_a_problem_that_names_the_value(String path, int status, String named)
            throws Exception {
        HttpResponse<String> response = get(path);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(problem(response)).contains(named);
    }

    @Test
    void a_snapshot_is_shown_as_libvirts_document() throws Exception {
        HttpResponse<String> byPath = get("/api/v1/domains/web%201/snapshots/mem/xml");
        HttpResponse<String> byType = client.send(
                request("/api/v1/domains/web%201/snapshots/mem")
                        .header("Accept", "application/xml")
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(byPath.statusCode()).isEqualTo(200);
        assertThat(byPath.headers().firstValue("Content-Type").orElse("")).startsWith("application/xml");
        assertThat(byPath.headers().firstValue("Snapledger-Position")).isPresent();
        assertThat(byType.body()).isEqualTo(byPath.body());
        DomainSnapshotXml document = DomainSnapshotXml.read(byPath.body(), EnumSet.of(ParseFlag.REDEFINE));
        assertThat(document.write()).isEqualTo(byPath.body());
        assertThat(document.parent()).contains(new SnapshotName("in"));
        assertThat(document.domainUuid()).contains(story.id().toString());
        assertThat(byPath.body())
                .contains("<memory snapshot='external' file='/images/mem.ram'/>")
                .contains("<source file='/images/mem.qcow2'/>")
                .contains("<source file='/images/web 1.qcow2'/>");
    }

    @Test
    void F7_other_methods_are_refused() throws Exception {
        HttpResponse<String> response = client.send(
                request("/api/v1/domains")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(405);
        problem(response);
    }

    @Test
    void a_projection_is_replayed_by_command() throws Exception {
        HttpResponse<String> begun = post("/api/v1/projections/audit/replay");
        HttpResponse<String> unknown = post("/api/v1/projections/none/replay");

        assertThat(begun.statusCode()).isEqualTo(202);
        assertThat(Json.lenient().readTree(begun.body()).path("name").asText()).isEqualTo("audit");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(problem(unknown)).contains("snapshots, operations, audit");
        assertThat(json("/api/v1/projections").path("items")).hasSize(3);
    }

    @Test
    void health_and_figures_are_told() throws Exception {
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        assertThat(get("/metrics").body()).contains("snapledger_query_answers");
    }

    @Test
    void a_token_is_asked_for_where_one_is_configured() throws Exception {
        try (QueryServer guarded = QueryServer.start(
                new QueryServer.Access("127.0.0.1", 0, Optional.of("secret"), Duration.ofMillis(300)),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                Changes.start(log, side.slots, side.arrivals, progress, 5),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))) {
            URI uri = URI.create("http://127.0.0.1:" + guarded.port() + "/api/v1/domains");
            HttpResponse<String> without =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> with = client.send(
                    HttpRequest.newBuilder(uri)
                            .header("Authorization", "Bearer secret")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(with.statusCode()).isEqualTo(200);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return described.check(client.send(request(path).build(), HttpResponse.BodyHandlers.ofString()));
    }

    private HttpResponse<String> post(String path) throws Exception {
        return described.check(client.send(
                request(path).POST(HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString()));
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Snapledger-Position")).isPresent();
        return Json.lenient().readTree(response.body());
    }

    private static String problem(HttpResponse<String> response) throws Exception {
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = Json.lenient().readTree(response.body());
        assertThat(problem.path("status").asInt()).isEqualTo(response.statusCode());
        return problem.path("detail").asText();
    }
}
