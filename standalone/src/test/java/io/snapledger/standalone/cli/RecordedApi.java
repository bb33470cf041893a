package io.snapledger.standalone.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A query API that says what it was told to say, and keeps what it was asked. */
final class RecordedApi implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Deque<Said>> answers = new ConcurrentHashMap<>();
    private static final Deque<Said> UNKNOWN =
            new ConcurrentLinkedDeque<>(List.of(new Said(404, problem(404, "there is no such thing"))));
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> accepted = new CopyOnWriteArrayList<>();

    /** What is answered; away says that it cannot answer now. */
    private record Said(int status, String body) {}

    static final String AWAY = "away";

    RecordedApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    /** @param path with {@code /api/v1}, without parameters */
    RecordedApi answering(String path, String json) {
        return answeringInTurn(path, json);
    }

    /** One after the other, then the last for ever. */
    RecordedApi answeringInTurn(String path, String... texts) {
        answers.put(
                path,
                new ConcurrentLinkedDeque<>(
                        Stream.of(texts).map(RecordedApi::said).toList()));
        return this;
    }

    private static Said said(String text) {
        return text.equals(AWAY) ? new Said(503, problem(503, "it starts")) : new Said(200, text);
    }

    private static String problem(int status, String detail) {
        return "{\"type\":\"/problems/any\",\"title\":\"No\",\"status\":" + status + ",\"detail\":\"" + detail
                + "\",\"instance\":\"/\"}";
    }

    /** The {@code Accept} of each request, in order. */
    List<String> accepted() {
        return accepted;
    }

    /** Paths with their parameters, in order. */
    List<String> asked() {
        return asked;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        accepted.add(exchange.getRequestHeaders().getFirst("Accept"));
        Deque<Said> known = answers.getOrDefault(exchange.getRequestURI().getPath(), UNKNOWN);
        Said said = known.size() > 1 ? known.removeFirst() : known.getFirst();
        byte[] bytes = said.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(said.status(), bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
