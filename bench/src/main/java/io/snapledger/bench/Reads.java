package io.snapledger.bench;

import io.snapledger.query.QuerySide;
import io.snapledger.query.QuerySideConfig;
import io.snapledger.servers.PostgresServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How long the main questions of a large fleet take over HTTP, from the send of the request to the last byte of the answer,
 * on read tables that are filled by SQL. Arguments: the script that fills, the number of domains, of snapshots in each, and
 * of lines in the audit.
 */
public final class Reads {
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 40;
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String api;

    private Reads(int port) {
        this.api = "http://127.0.0.1:" + port + "/api/v1";
    }

    public static void main(String[] args) throws IOException, InterruptedException, SQLException {
        Path script = Path.of(args[0]);
        int domains = Integer.parseInt(args[1]);
        int each = Integer.parseInt(args[2]);
        long lines = Long.parseLong(args[3]);
        try (PostgresServer server = PostgresServer.throwAway()) {
            String url = server.database("ledger");
            Map<String, String> settings = Map.of("database.url", url, "http.port", "0");
            QuerySide.start(QuerySideConfig.from(settings)).close();
            fill(url, Files.readString(script), domains, each, lines);
            try (QuerySide side = QuerySide.start(QuerySideConfig.from(settings))) {
                Reads reads = new Reads(side.port());
                Map<String, Long> before = walks(url);
                reads.measure();
                walks(url).forEach((table, walks) -> {
                    long more = walks - before.getOrDefault(table, 0L);
                    System.out.printf("%n%s: walked through %d times%n", table, more);
                });
            }
        }
    }

    private static void fill(String url, String script, int domains, int each, long lines) throws SQLException {
        long begun = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("set search_path to views_a, public");
            statement.execute(script.replace("{domains}", Integer.toString(domains))
                    .replace("{each}", Integer.toString(each))
                    .replace("{lines}", Long.toString(lines)));
            statement.execute("vacuum analyze");
            statement.execute("checkpoint");
            statement.execute("update views.projection set position = " + lines + " where state = 'live'");
            System.out.printf(
                    "%d snapshots, %d lines of audit, filled in %d s, %s on disk%n%n",
                    one(statement, "select count(*) from snapshot where to_position is null"),
                    one(statement, "select count(*) from audit"),
                    Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                    text(statement, "select pg_size_pretty(pg_database_size(current_database()))"));
        }
    }

    private static long one(Statement statement, String query) throws SQLException {
        return Long.parseLong(text(statement, query));
    }

    private static String text(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** How often each big table was read from its first row to its last. */
    private static Map<String, Long> walks(String url) throws SQLException {
        Map<String, Long> walks = new LinkedHashMap<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select relname, seq_scan from pg_stat_user_tables"
                        + " where schemaname = 'views_a' and n_live_tup > 100000 order by relname")) {
            while (rows.next()) {
                walks.put(rows.getString(1), rows.getLong(2));
            }
        }
        return walks;
    }

    private void measure() throws IOException, InterruptedException {
        String yesterday = encoded(Instant.now().minus(Duration.ofDays(1)).toString());
        Map<String, String> questions = new LinkedHashMap<>();
        questions.put("who reverted in the last day", "/audit?type=Revert&from=" + yesterday);
        questions.put("the audit, newest", "/audit");
        questions.put("what was rejected", "/audit?outcome=rejected");
        questions.put("a sender that nobody knows", "/audit?source=nobody");
        questions.put("one actor in the last day", "/audit?actor=user-7&from=" + yesterday);
        questions.put("one domain's audit", "/audit?domain=vm-7");
        questions.put("one operation's timeline", "/operations/00000000-0000-4000-9000-000000000007/timeline");
        questions.put("3000 in a domain: a page by name", "/domains/vm-0/snapshots");
        for (String filter : new String[] {
            "roots", "leaves", "noLeaves", "inactive", "active", "diskOnly", "internal", "external", "mixed"
        }) {
            questions.put("3000 in a domain: " + filter, "/domains/vm-0/snapshots?" + filter);
        }
        questions.put("3000 in a domain: by size", "/domains/vm-0/snapshots?sort=-size");
        questions.put("3000 in a domain: by depth", "/domains/vm-0/snapshots?sort=-depth");
        questions.put("3000 in a domain: the tree", "/domains/vm-0/tree");
        questions.put("3000 in a domain: the tree then", "/domains/vm-0/tree?atPosition=15");
        questions.put("3000 in a domain: layers", "/domains/vm-0/layers");
        questions.put("3000 in a domain: what was deleted", "/domains/vm-0/deleted");
        questions.put("one snapshot", "/domains/vm-7/snapshots/s7");
        questions.put("fleet: newest", "/snapshots");
        questions.put("fleet: by name", "/snapshots?sort=name");
        questions.put("fleet: largest", "/snapshots?sort=-size");
        questions.put("fleet: deepest", "/snapshots?sort=-depth");
        questions.put("fleet: second page", "/snapshots?sort=name&cursor=" + next("/snapshots?sort=name"));
        questions.put("fleet: of a host", "/snapshots?host=h7");
        questions.put("fleet: of a host, second page", "/snapshots?host=h7&cursor=" + next("/snapshots?host=h7"));
        questions.put("fleet: of an actor", "/snapshots?actor=user-7");
        questions.put("fleet: by text", "/snapshots?q=UPGRADE%20900");
        questions.put("fleet: leaves", "/snapshots?leaves");
        questions.put("fleet: mixed, of which there is none", "/snapshots?mixed");
        questions.put("operations that go on", "/operations?state=requested");
        questions.put("a page of domains", "/domains");
        System.out.println("| question | median | slowest |\n| --- | --- | --- |");
        for (Map.Entry<String, String> question : questions.entrySet()) {
            double[] millis = rounds(question.getValue());
            System.out.printf(
                    "| %s | %.1f ms | %.1f ms |%n",
                    question.getKey(), millis[millis.length / 2], millis[millis.length - 1]);
        }
    }

    private double[] rounds(String path) throws IOException, InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            ask(path);
        }
        double[] millis = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long begun = System.nanoTime();
            ask(path);
            millis[i] = (System.nanoTime() - begun) / 1e6;
        }
        Arrays.sort(millis);
        return millis;
    }

    private String next(String path) throws IOException, InterruptedException {
        String body = ask(path);
        int at = body.lastIndexOf("\"next\":\"");
        return Optional.of(at)
                .filter(i -> i >= 0)
                .map(i -> body.substring(i + 8, body.indexOf('"', i + 8)))
                .orElseThrow(() -> new IllegalStateException(path + " has no second page"));
    }

    private String ask(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(api + path)).timeout(DEADLINE).build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " answers " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
