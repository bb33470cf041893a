package io.snapledger.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.query.view.Entry;
import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.config.LifecycleException;
import io.snapledger.runtime.config.SettingsException;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.schema.message.Json;
import io.snapledger.servers.testing.OwnPostgres;
import io.snapledger.servers.testing.TestServers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class QuerySideTest {
    private static final Trail TRAIL = new Trail("c-1", "/cli", "c-1", Optional.empty(), Optional.of("ann"), true);

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url = TestServers.freshDatabase();

    @Test
    void before_there_is_a_log_nothing_is_known_and_all_is_well() throws Exception {
        try (QuerySide side = start()) {
            assertThat(json(side, "/api/v1/domains").path("items")).isEmpty();
            assertThat(get(side, "/readyz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void what_is_appended_is_shown_with_who_began_it() throws Exception {
        MemoryLog told = new MemoryLog();
        Story story = new Story(told, "web-1").created("a").created("b");
        try (QuerySide side = start();
                Writer writer = new Writer()) {
            writer.append(told.all());

            JsonNode snapshot = json(side, "/api/v1/domains/web-1/snapshots/b?after=" + story.position());
            JsonNode audit = json(side, "/api/v1/audit?limit=1&after=" + story.position());

            assertThat(snapshot.path("current").asBoolean()).isTrue();
            assertThat(audit.path("items").path(0).path("type").asText()).isEqualTo("SnapshotCreated");
            assertThat(audit.path("items").path(0).path("actor").asText()).isEqualTo("ann");
            assertThat(audit.path("items").path(0).path("source").asText()).isEqualTo("/cli");
            assertThat(audit.path("items").path(0).path("correlation").asText()).isEqualTo("c-1");
            assertThat(get(side, "/metrics").body()).contains("snapledger_projection_lag{projection=\"snapshots\"} 0");
        }
    }

    @Test
    void it_goes_on_where_it_was_and_two_can_share_a_database() throws Exception {
        MemoryLog told = new MemoryLog();
        Story story = new Story(told, "web-1").created("a");
        long first = story.position();
        try (Writer writer = new Writer()) {
            try (QuerySide side = start()) {
                writer.append(told.all());
                json(side, "/api/v1/domains?after=" + first);
            }
            story.created("b").created("c");
            try (QuerySide one = start();
                    QuerySide two = start()) {
                for (Entry entry : told.all().subList((int) first, told.all().size())) {
                    writer.append(List.of(entry));
                }

                for (QuerySide side : List.of(one, two)) {
                    assertThat(json(side, "/api/v1/domains/web-1?after=" + story.position())
                                    .path("snapshots")
                                    .asInt())
                            .isEqualTo(3);
                    assertThat(get(side, "/readyz").statusCode()).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void what_lies_behind_a_writer_that_is_slow_is_not_shown_before_it() throws Exception {
        MemoryLog told = new MemoryLog();
        Story story = new Story(told, "web-1").created("a");
        List<Entry> entries = told.all();
        try (QuerySide side = start();
                QuerySide impatient = waiting("1s");
                Writer writer = new Writer();
                Connection slow = DriverManager.getConnection(url)) {
            writer.append(entries.subList(0, 1));
            slow.setAutoCommit(false);
            writer.insertByHand(slow, story.id().value(), 1);
            writer.append(new Story(new MemoryLog(), "db-1").log());

            assertThat(get(impatient, "/api/v1/domains/db-1?after=3").statusCode())
                    .isEqualTo(503);
            slow.commit();
            writer.committed();

            assertThat(json(side, "/api/v1/domains/web-1?after=4").path("state").asText())
                    .isEqualTo("paused");
            assertThat(json(side, "/api/v1/domains/db-1").path("state").asText())
                    .isEqualTo("running");
        }
    }

    @Test
    void a_port_that_is_taken_is_told_and_nothing_is_left_running() throws Exception {
        try (QuerySide side = start()) {
            Map<String, String> settings = Map.of("database.url", url, "http.port", Integer.toString(side.port()));

            assertThatThrownBy(() -> QuerySide.start(QuerySideConfig.from(settings)))
                    .isInstanceOf(LifecycleException.class)
                    .hasMessageContaining("HTTP");
        }
    }

    @Test
    void while_the_database_is_away_it_says_so_and_can_be_stopped() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres();
                QuerySide side = QuerySide.start(
                        QuerySideConfig.from(Map.of("database.url", postgres.database("away"), "http.port", "0")))) {
            postgres.stop();

            var ready = client.sendAsync(request(side, "/readyz"), HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> response = get(side, "/api/v1/domains");

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).contains("database");
            assertThat(ready.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
            assertThat(get(side, "/livez").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void settings_have_defaults_and_tell_every_problem() {
        QuerySideConfig config = QuerySideConfig.from(Map.of("database.url", "jdbc:postgresql:x"));

        assertThat(config.access().host()).isEqualTo("127.0.0.1");
        assertThat(config.access().port()).isEqualTo(8080);
        assertThat(config.access().token()).isEmpty();
        assertThatThrownBy(() -> QuerySideConfig.from(Map.of("http.port", "99999", "http.wait", "x", "colour", "red")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("database.url")
                .hasMessageContaining("http.port")
                .hasMessageContaining("http.wait")
                .hasMessageContaining("colour");
    }

    private QuerySide start() {
        return waiting("20s");
    }

    private QuerySide waiting(String time) {
        return QuerySide.start(QuerySideConfig.from(Map.of("database.url", url, "http.port", "0", "http.wait", time)));
    }

    private static HttpRequest request(QuerySide side, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + side.port() + path))
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    private HttpResponse<String> get(QuerySide side, String path) throws Exception {
        return client.send(request(side, path), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode json(QuerySide side, String path) throws Exception {
        HttpResponse<String> response = get(side, path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.lenient().readTree(response.body());
    }

    /** The command side's way to the log. */
    private final class Writer implements AutoCloseable {
        private final Database database = new Database("writer", url, 2, Duration.ofSeconds(10));
        private final JdbcTransactions transactions = new JdbcTransactions(database.pool());
        private final EventLog log = new EventLog(transactions);
        private final LogSource source;

        Writer() {
            database.migrate(Database.LOG_SCHEMA, "db/log");
            source = new LogSource(database);
        }

        void append(List<Entry> entries) throws SQLException {
            transactions.inTransaction(connection -> {
                List<UUID> domains =
                        entries.stream().map(e -> e.domain().value()).toList();
                Heads.Locked heads = Heads.lock(connection, domains);
                log.append(entries.stream().map(Writer::toAppend).toList(), heads);
                heads.store();
                return entries.size();
            });
            source.appended();
        }

        private static EventLog.Entry toAppend(Entry entry) {
            return switch (entry) {
                case Entry.Happened e ->
                    new EventLog.Entry(
                            UUID.randomUUID().toString(), e.domain().value(), true, e.event(), TRAIL, e.at());
                case Entry.Answered e ->
                    new EventLog.Entry(
                            UUID.randomUUID().toString(), e.domain().value(), false, e.outcome(), TRAIL, e.at());
            };
        }

        /** The guest was seen paused; the position is taken, and seen by nobody until the transaction ends. */
        void insertByHand(Connection connection, UUID domain, long sequence) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "insert into ledger.log_entry (event_identifier, aggregate_identifier, sequence_number,"
                                + " type, time_stamp, payload_type, payload, meta_data, domain, hash) values ('by-hand', '"
                                + domain + "', " + sequence + ", 'Domain', '2026-11-21T08:00:00Z',"
                                + " 'snapledger.event.RunStateObserved.v1', '{\"runState\":\"paused\"}', '{}', '"
                                + domain
                                + "', '')");
            }
        }

        void committed() {
            source.appended();
        }

        @Override
        public void close() {
            source.close();
            database.close();
        }
    }
}
