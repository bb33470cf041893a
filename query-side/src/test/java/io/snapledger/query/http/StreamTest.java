package io.snapledger.query.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.axon.Feed;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.stream.Changes;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.Projection;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Table;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes as they are streamed over HTTP. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamTest {
    private static final Streaming QUICK = new Streaming(Duration.ofMillis(100), Duration.ofSeconds(1));
    private static final int MOST = 120;

    private final MemoryLog log = new MemoryLog();
    private final Counted feed = new Counted(log);
    private final Held operations = new Held(new OperationProjection());
    private final LatestProgress progress = new LatestProgress();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ReadSide side;
    private Changes changes;
    private QueryServer server;

    @BeforeAll
    void start() {
        side = new ReadSide(log, List.of(new SnapshotProjection(), operations, new AuditProjection()));
        changes = Changes.start(feed, side.slots, side.arrivals, progress, MOST);
        server = served(changes, Optional.empty());
    }

    private QueryServer served(Changes told, Optional<String> token) {
        return QueryServer.start(
                new QueryServer.Access("127.0.0.1", 0, token, Duration.ofSeconds(5), Set.of(), QUICK),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                told,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    @AfterAll
    void stop() {
        server.close();
        side.close();
    }

    @Test
    void a_change_is_told_with_its_position_and_can_be_asked_for_at_once() throws Exception {
        try (Events events = listen("/api/v1/stream")) {
            Story story = new Story(log, "told").created("first");

            Event created = events.until("SnapshotCreated");

            assertThat(created.id()).hasValue(story.position());
            assertThat(created.data().path("position").asLong()).isEqualTo(story.position());
            assertThat(created.data().path("domain").asText())
                    .isEqualTo(story.id().toString());
            assertThat(created.data().path("snapshot").asText()).isEqualTo("first");
            assertThat(created.data().path("operation").asText()).isNotEmpty();
            assertThat(get("/api/v1/domains/told").body()).contains("\"current\":\"first\"");
        }
    }

    @Test
    void who_comes_back_gets_all_that_he_missed_and_nothing_twice() throws Exception {
        long begin = log.head();
        Story story = new Story(log, "resumed");
        Thread writer = Thread.startVirtualThread(() -> {
            for (int i = 0; i < 3_000; i++) {
                log.happened(story.id(), new DomainEvent.RunStateObserved(RunState.PAUSED));
            }
        });
        List<Long> seen = new ArrayList<>();
        long last = begin;
        for (int received : new int[] {1, 700, 10, 1_500, 791}) {
            try (Events events = listen("/api/v1/stream?after=" + begin, "Last-Event-ID", Long.toString(last))) {
                for (int i = 0; i < received; i++) {
                    last = events.change().id().orElseThrow();
                    seen.add(last);
                }
            }
        }
        assertThat(writer.join(Duration.ofSeconds(10))).isTrue();

        assertThat(seen)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(begin + 1, last).boxed().toList());
        assertThat(seen).hasSize(3_002);
    }

    @ParameterizedTest
    @CsvSource({"?after=0", "?lastEventId=0"})
    void the_whole_past_is_told_to_who_asks_from_the_beginning(String query) throws Exception {
        new Story(log, "past " + query.length());
        try (Events events = listen("/api/v1/stream" + query)) {
            assertThat(events.change().id()).hasValue(1L);
        }
    }

    @Test
    void one_domain_can_be_listened_to_alone() throws Exception {
        Story wanted = new Story(log, "wanted");
        side.shows(log.head());
        try (Events events = listen("/api/v1/stream?domain=wanted")) {
            new Story(log, "other").created("not told");
            wanted.created("told one");

            assertThat(events.until("SnapshotCreated").data().path("snapshot").asText())
                    .isEqualTo("told one");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ?domain=none | 0 | 404 | "none"
            ?after=soon | 0 | 400 | "soon"
            ?colour=red | 0 | 400 | "colour"
            '' | x | 400 | Last-Event-ID="x"
            '' | -1 | 400 | Last-Event-ID="-1"
            '' | 99999999 | 400 | 99999999 is not in the log
            """)
    void what_cannot_be_listened_to_is_a_problem(String query, String last, int status, String named) throws Exception {
        HttpResponse<String> response = client.send(
                request(server, "/api/v1/stream" + query)
                        .header("Last-Event-ID", last)
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(Json.lenient().readTree(response.body()).path("detail").asText())
                .contains(named);
    }

    @Test
    void how_far_a_long_step_is_comes_without_a_place_in_the_log() throws Exception {
        Story story = new Story(log, "long");
        side.shows(log.head());
        try (Events events = listen("/api/v1/stream?domain=long")) {
            OperationId operation = new OperationId(UUID.randomUUID());
            progress.heard(
                    new OperationProgress(story.id(), operation, 0, 1, "commitLayer", 25, 100, 25, Instant.now()));

            Event told = events.next();

            assertThat(told.name()).isEqualTo("progress");
            assertThat(told.id()).isEmpty();
            assertThat(told.data().path("percent").asInt()).isEqualTo(25);
            assertThat(told.data().path("operation").asText()).isEqualTo(operation.toString());
        }
    }

    @Test
    void a_change_is_not_told_before_every_view_shows_it() throws Exception {
        try (Events events = listen("/api/v1/stream")) {
            CountDownLatch go = operations.hold();
            Story story = new Story(log, "held back");
            assertThat(side.arrivals.await(SnapshotProjection.NAME, story.position(), Duration.ofSeconds(10)))
                    .isTrue();

            events.comments(5);
            assertThat(events.seen).isEmpty();
            go.countDown();

            assertThat(events.change().data().path("domain").asText())
                    .isEqualTo(story.id().toString());
        }
    }

    @Test
    void who_does_not_take_what_he_asked_for_is_cut_off_and_may_come_back() throws Exception {
        Story story = new Story(log, "much");
        for (int i = 0; i < 60_000; i++) {
            log.happened(story.id(), new DomainEvent.RunStateObserved(RunState.PAUSED));
        }
        side.shows(log.head());
        await(() -> changes.listeners() == 0);
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            slow.getOutputStream()
                    .write("GET /api/v1/stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            await(() -> changes.listeners() == 1);
            try (Events other = listen("/api/v1/stream")) {
                Story more = new Story(log, "meanwhile");

                assertThat(other.change().data().path("domain").asText())
                        .isEqualTo(more.id().toString());
                await(() -> changes.listeners() == 1);
            }
        }
    }

    @Test
    void many_listen_and_one_reads_the_log_for_all() throws Exception {
        side.shows(log.head());
        await(() -> changes.listeners() == 0);
        List<Events> all = new ArrayList<>();
        try {
            for (int i = 0; i < MOST; i++) {
                all.add(listen("/api/v1/stream"));
            }
            HttpResponse<String> tooMany =
                    client.send(request(server, "/api/v1/stream").build(), HttpResponse.BodyHandlers.ofString());
            long before = feed.reads.get();
            Story story = new Story(log, "for all").created("a").created("b");

            for (Events events : all) {
                Event last = events.change();
                while (last.id().orElseThrow() < story.position()) {
                    last = events.change();
                }
            }

            assertThat(tooMany.statusCode()).isEqualTo(503);
            assertThat(tooMany.body()).contains("http.streams");
            assertThat(feed.reads.get() - before).isLessThan(MOST / 2);
        } finally {
            all.forEach(Events::close);
        }
        await(() -> changes.listeners() == 0);
    }

    @Test
    void it_is_not_packed_and_not_kept_and_begins_with_a_word() throws Exception {
        HttpResponse<Stream<String>> response = client.send(
                request(server, "/api/v1/stream")
                        .header("Accept-Encoding", "gzip")
                        .build(),
                HttpResponse.BodyHandlers.ofLines());

        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Snapledger-Position")).isPresent();
        try (Stream<String> lines = response.body()) {
            assertThat(lines.iterator().next()).startsWith("retry:");
        }
    }

    @Test
    void a_server_that_stops_ends_its_streams_at_once() throws Exception {
        Changes others = Changes.start(log, side.slots, side.arrivals, progress, 5);
        QueryServer stopping = served(others, Optional.of("secret"));
        HttpResponse<String> without =
                client.send(request(stopping, "/api/v1/stream").build(), HttpResponse.BodyHandlers.ofString());
        HttpResponse<Stream<String>> open = client.send(
                request(stopping, "/api/v1/stream")
                        .header("Authorization", "Bearer secret")
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = open.body()) {
            Iterator<String> all = lines.iterator();
            assertThat(all.next()).startsWith("retry:");
            long begun = System.nanoTime();

            stopping.close();
            all.forEachRemaining(_ -> {});

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        }
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(others.listeners()).isZero();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private static HttpRequest.Builder request(QueryServer to, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.port() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(server, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Events listen(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(server, path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<Stream<String>> response = client.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        return new Events(response.body());
    }

    private record Event(Optional<Long> id, String name, JsonNode data) {}

    /** What came, as a client reads it. */
    private static final class Events implements AutoCloseable {
        private final Stream<String> lines;
        private final Iterator<String> iterator;
        final List<Event> seen = new ArrayList<>();

        Events(Stream<String> lines) {
            this.lines = lines;
            this.iterator = lines.iterator();
        }

        Event next() throws Exception {
            Optional<Long> id = Optional.empty();
            String name = "message";
            Optional<JsonNode> data = Optional.empty();
            while (true) {
                String line = iterator.next();
                if (line.startsWith("id: ")) {
                    id = Optional.of(Long.parseLong(line.substring(4)));
                } else if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = Optional.of(Json.lenient().readTree(line.substring(6)));
                } else if (line.isEmpty() && data.isPresent()) {
                    return new Event(id, name, data.get());
                }
            }
        }

        Event change() throws Exception {
            Event event = next();
            while (event.id().isEmpty()) {
                event = next();
            }
            return event;
        }

        Event until(String type) throws Exception {
            Event event = change();
            while (!event.data().path("type").asText().equals(type)) {
                event = change();
            }
            return event;
        }

        void comments(int count) throws Exception {
            for (int i = 0; i < count; ) {
                String line = iterator.next();
                if (line.startsWith(":")) {
                    i++;
                } else if (line.startsWith("data: ")) {
                    seen.add(new Event(Optional.empty(), "", Json.lenient().readTree(line.substring(6))));
                }
            }
        }

        @Override
        public void close() {
            lines.close();
        }
    }

    /** Counts how often the log is read. */
    private record Counted(Feed feed, AtomicLong reads) implements Feed {
        Counted(Feed feed) {
            this(feed, new AtomicLong());
        }

        @Override
        public List<Entry> after(long position, int most, Duration wait) throws InterruptedException {
            reads.incrementAndGet();
            return feed.after(position, most, wait);
        }

        @Override
        public long head() {
            return feed.head();
        }
    }

    /** Can be held before it applies anything. */
    private static final class Held implements Projection {
        private final Projection real;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        Held(Projection real) {
            this.real = real;
        }

        CountDownLatch hold() {
            gate = new CountDownLatch(1);
            return gate;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public void apply(DSLContext rows, List<Entry> entries) {
            try {
                assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            real.apply(rows, entries);
        }

        @Override
        public List<Table<?>> tables() {
            return real.tables();
        }
    }
}
