package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds every projection anew beside the live one and compares the rows of both. */
final class Replays {
    /** An hour of load leaves some 60,000 entries, of which a busy machine applies no more than 500 a second. */
    private static final Duration REPLAYED = Duration.ofMinutes(10);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    private static final int MOST_TRIES = 3;
    private static final Duration ANSWERED = Duration.ofSeconds(30);

    private final World world;

    Replays(World world) {
        this.world = world;
    }

    /** How many tables were compared. What a host reports meanwhile is no fault: then all is compared once more. */
    int compare(List<String> wrong) throws IOException, SQLException {
        LogRows log = new LogRows(world.servers());
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (int i = 0; i < MOST_TRIES; i++) {
                List<String> found = new ArrayList<>();
                long head = log.head();
                int compared = compare(http, head, found);
                if (log.head() == head) {
                    wrong.addAll(found);
                    return compared;
                }
            }
        }
        throw new IOException("something was added to the log each time that it was looked at");
    }

    private int compare(HttpClient http, long head, List<String> wrong) throws IOException, SQLException {
        List<String> names = names(http, head);
        if (!Waiting.until(REPLAYED, LOOK_AGAIN, () -> shown() >= head)) {
            wrong.add("the projections did not come to " + head + " within " + REPLAYED + ", but to " + shown());
        }
        Map<String, String> live = checksums();
        for (String name : names) {
            ask(
                    http,
                    HttpRequest.newBuilder(uri("/projections/" + name + "/replay"))
                            .POST(HttpRequest.BodyPublishers.noBody()),
                    202);
        }
        if (!Waiting.until(REPLAYED, LOOK_AGAIN, () -> states(http).stream().allMatch("following"::equals))) {
            wrong.add("the replay did not end within " + REPLAYED + ": " + states(http));
        }
        Map<String, String> anew = checksums();
        live.forEach((table, sum) -> {
            if (!sum.equals(anew.get(table))) {
                wrong.add("table " + table + " is " + sum + " live and " + anew.get(table) + " by a replay");
            }
        });
        return live.size();
    }

    /** How far the rows are that readers look at. */
    private long shown() {
        try (Connection connection = world.servers().connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select coalesce(min(position), 0) from views.projection where state = 'live'")) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException("the projections cannot be read", e);
        }
    }

    private List<String> names(HttpClient http, long head) throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode one : ask(
                        http,
                        HttpRequest.newBuilder(uri("/projections?after=" + head))
                                .GET(),
                        200)
                .path("items")) {
            names.add(one.path("name").asText());
        }
        return names;
    }

    private List<String> states(HttpClient http) {
        try {
            List<String> states = new ArrayList<>();
            ask(http, HttpRequest.newBuilder(uri("/projections")).GET(), 200)
                    .path("items")
                    .forEach(one -> states.add(one.path("state").asText()));
            return states;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private URI uri(String path) {
        return URI.create(world.queryUrl() + "/api/v1" + path);
    }

    private static JsonNode ask(HttpClient http, HttpRequest.Builder request, int wanted) throws IOException {
        try {
            HttpResponse<String> answer =
                    http.send(request.timeout(ANSWERED).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != wanted) {
                throw new IOException(answer.request().uri() + " answers " + answer.statusCode() + " " + answer.body());
            }
            return answer.body().isBlank()
                    ? Json.strict().createObjectNode()
                    : Json.strict().readTree(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Of all rows that readers look at, by table. */
    private Map<String, String> checksums() throws SQLException {
        Map<String, String> sums = new TreeMap<>();
        try (Connection connection = world.servers().connection();
                Statement statement = connection.createStatement()) {
            Map<String, String> live = new TreeMap<>();
            try (ResultSet rows =
                    statement.executeQuery("select name, slot from views.projection where state = 'live'")) {
                while (rows.next()) {
                    live.put(rows.getString(1), "views_" + rows.getString(2));
                }
            }
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery("select table_name from information_schema.tables"
                    + " where table_schema = 'views_a' and table_name <> 'flyway_schema_history'")) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            for (String table : tables) {
                String schema = switch (table) {
                    case "operation" -> live.get("operations");
                    case "audit" -> live.get("audit");
                    default -> live.get("snapshots");
                };
                try (ResultSet row =
                        statement.executeQuery("select count(*), md5(string_agg(t::text, '|' order by t::text)) from "
                                + schema + "." + table + " t")) {
                    row.next();
                    sums.put(table, row.getLong(1) + " rows " + row.getString(2));
                }
            }
        }
        return sums;
    }
}
