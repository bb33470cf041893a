package io.snapledger.runtime.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.runtime.config.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers whoever watches over a process that has no other HTTP:
 *
 * <pre>
 * GET /livez     200 while the process answers at all
 * GET /readyz    200 while every part goes on, else 503 with a line for each that does not
 * GET /metrics   figures for Prometheus
 * </pre>
 */
public final class HealthServer implements AutoCloseable {
    private static final int BACKLOG = 16;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Where to listen. */
    public record Address(String host, int port) {
        /** {@code health.port}, without which nobody listens, and {@code health.host}, the loopback address unless told. */
        public static Supplier<Optional<Address>> from(Settings settings) {
            var host = settings.text("health.host")
                    .about("where /livez, /readyz and /metrics are answered")
                    .orElse("127.0.0.1");
            var port = settings.integer("health.port", 0, 65535)
                    .about("the port of those; nobody listens without it, and 0 picks a free one")
                    .optional();
            return () -> port.get().map(p -> new Address(host.get(), p));
        }
    }

    private record Answer(int status, String body) {}

    private HealthServer(HttpServer server) {
        this.server = server;
    }

    /** Listens from here on. */
    public static HealthServer start(Address address, Health health, PrometheusMeterRegistry metrics)
            throws IOException {
        InetSocketAddress socket = new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
        HealthServer started = new HealthServer(HttpServer.create(socket, BACKLOG));
        started.route("/livez", () -> new Answer(OK, "alive\n"));
        started.route("/readyz", () -> ready(health.troubles()));
        started.route("/metrics", () -> new Answer(OK, metrics.scrape()));
        started.route("/", () -> new Answer(NOT_FOUND, "there are /livez, /readyz and /metrics\n"));
        started.server.setExecutor(started.threads);
        started.server.start();
        return started;
    }

    private static Answer ready(List<String> troubles) {
        return troubles.isEmpty()
                ? new Answer(OK, "ready\n")
                : new Answer(UNAVAILABLE, String.join("\n", troubles) + "\n");
    }

    private void route(String path, Supplier<Answer> answers) {
        server.createContext(path, exchange -> {
            try (exchange) {
                boolean known =
                        path.equals("/") || exchange.getRequestURI().getPath().equals(path);
                Answer answer = !known
                        ? new Answer(NOT_FOUND, "there is " + path + ", and nothing beneath it\n")
                        : List.of("GET", "HEAD").contains(exchange.getRequestMethod())
                                ? answers.get()
                                : new Answer(NOT_ALLOWED, "only GET and HEAD are answered\n");
                send(exchange, answer);
            }
        });
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (answer.status() == NOT_ALLOWED) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(answer.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(answer.status(), body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
