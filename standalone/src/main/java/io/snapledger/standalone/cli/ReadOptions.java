package io.snapledger.standalone.cli;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What every verb is told: where to read, how long to wait, how to print. */
final class ReadOptions {
    private static final String TOKEN = "SNAPLEDGER_HTTP_TOKEN";

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:SNAPLEDGER_URL:-http://127.0.0.1:8080}",
            description =
                    "where the query API is (SNAPLEDGER_URL; ${DEFAULT-VALUE}). A token is read from " + TOKEN + ".")
    private URI url = URI.create("http://127.0.0.1:8080");

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "60s",
            converter = Texts.Time.class,
            description = "how long to wait in all, for example 500ms, 60s, 5m (${DEFAULT-VALUE})")
    private Duration timeout = Duration.ofSeconds(60);

    @Option(names = "--json", description = "print the answer as JSON")
    private boolean json;

    boolean json() {
        return json;
    }

    Deadline deadline() {
        return Deadline.in(timeout);
    }

    QueryApi api(Deadline deadline) {
        return new QueryApi(url, Optional.ofNullable(System.getenv(TOKEN)).filter(t -> !t.isBlank()), deadline);
    }
}
