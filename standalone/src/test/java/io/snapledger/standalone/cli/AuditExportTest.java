package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit as files, written while they are read. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AuditExportTest {
    private static final int LINE = 1000;
    private static final byte[] LINES =
            ("é".repeat(LINE / 2 - 1) + "\r\n").repeat(16).getBytes(StandardCharsets.UTF_8);

    private final RecordedApi api = new RecordedApi();

    AuditExportTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @CsvSource({"csv, text/csv", "ndjson, application/x-ndjson"})
    void a_file_is_what_the_service_writes(String format, String type) {
        api.answering("/api/v1/audit", "position,at\r\n1,\"it's ünï 日本\"\r\n");

        Ran ran = Ran.of(
                "audit", "--format", format, "--since", "2026-01-01T00:00:00Z", "--actor", "eve", "--url", api.url());

        assertThat(ran).isEqualTo(new Ran(0, "position,at\r\n1,\"it's ünï 日本\"\r\n", ""));
        assertThat(api.accepted()).containsExactly(type);
        assertThat(api.asked()).containsExactly("/api/v1/audit?actor=eve&from=2026-01-01T00%3A00%3A00Z");
    }

    @Test
    void filters_and_a_limit_are_for_the_service() {
        api.answering("/api/v1/audit", "{}\n");

        Ran.of(
                "audit",
                "--format",
                "ndjson",
                "--limit",
                "7",
                "--correlation",
                "c",
                "--until",
                "2026-01-01T00:00:00Z",
                "--url",
                api.url());

        assertThat(api.asked()).containsExactly("/api/v1/audit?to=2026-01-01T00%3A00%3A00Z&correlation=c&limit=7");
    }

    @Test
    void what_the_service_refuses_is_told_with_its_sentence() {
        Ran ran = Ran.of("audit", "--format", "csv", "--url", api.url());

        assertThat(ran).isEqualTo(new Ran(1, "", "error: there is no such thing\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format xlsx", "--format csv --json", "--limit 0 --format csv"})
    void wrong_usage_asks_nobody(String options) {
        String[] line = ("audit " + options + " --url " + api.url()).split(" ", -1);

        assertThat(Ran.of(line).status()).isEqualTo(2);
        assertThat(api.asked()).isEmpty();
    }

    @Test
    void however_long_it_is_no_more_is_taken_than_is_read() throws Exception {
        AtomicLong sent = new AtomicLong();
        CountDownLatch gone = new CountDownLatch(1);
        HttpServer endless = answering(out -> {
            try {
                while (true) {
                    out.write(LINES);
                    sent.addAndGet(LINES.length);
                }
            } finally {
                gone.countDown();
            }
        });
        Counting enough = new Counting(64L * LINES.length);

        try (QueryApi from = new QueryApi(address(endless), Optional.empty(), Deadline.in(Duration.ofSeconds(30)))) {
            from.write("/audit", Map.of(), "text/csv", new PrintWriter(enough), Duration.ofSeconds(20));
        }

        assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(sent.get()).isLessThan(enough.characters * 2 + (64 << 20));
        endless.stop(0);
    }

    @Test
    void what_stops_in_the_middle_is_not_taken_for_whole() throws Exception {
        HttpServer broken = answering(out -> {
            out.write(LINES);
            out.flush();
            throw new IOException("broken off");
        });

        Ran ran = Ran.of("audit", "--format", "csv", "--url", address(broken).toString());

        assertThat(ran.status()).isEqualTo(3);
        assertThat(ran.err()).contains("is not whole");
        broken.stop(0);
    }

    @Test
    void silence_in_the_middle_is_waited_for_no_longer_than_told() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        HttpServer silent = answering(out -> {
            out.write(LINES);
            out.flush();
            try {
                end.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        Ran ran = Ran.of(
                "audit",
                "--format",
                "csv",
                "--timeout",
                "1s",
                "--url",
                address(silent).toString());

        end.countDown();
        assertThat(ran.status()).isEqualTo(3);
        assertThat(ran.err()).contains("nothing came for 1 s");
        silent.stop(0);
    }

    private interface Body {
        void write(java.io.OutputStream out) throws IOException;
    }

    private static HttpServer answering(Body body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            body.write(exchange.getResponseBody());
        });
        server.setExecutor(task -> Thread.ofVirtual().start(task));
        server.start();
        return server;
    }

    private static URI address(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** A reader who has had enough, as a pipe that is closed. */
    private static final class Counting extends Writer {
        private final long most;
        private long characters;

        Counting(long most) {
            this.most = most;
        }

        @Override
        public void write(char[] text, int begin, int length) throws IOException {
            characters += length;
            if (characters > most) {
                throw new IOException("Broken pipe");
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
