package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations by state and host, and watched until they have ended. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WatchingTest {
    private static final String FIRST = "0199a3c1-7c11-7a55-8f5e-5b1d2a4c9e77";
    private static final String SECOND = "0199a3c1-7c11-7a55-8f5e-5b1d2a4c9e78";

    private final RecordedApi api = new RecordedApi();

    WatchingTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    private static String operation(String id, String state) {
        return """
                {"id":"%s","domain":"6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11","host":"h1","command":"Merge","snapshot":"b",
                 "state":"%s","attempt":1,"progress":{"percent":40},"requestedAt":"2026-01-02T03:04:05Z",
                 "message":%s,"leftovers":[],"steps":[]}
                """.formatted(id, state, state.equals("rolledBack") ? "\"the disk was full\"" : "null");
    }

    private static String page(String... items) {
        return "{\"items\":[" + String.join(",", items) + "],\"next\":null,\"position\":9}";
    }

    @Test
    void the_service_is_asked_for_those_of_a_state_and_a_host() {
        api.answering("/api/v1/operations", page(operation(FIRST, "stalled")));

        Ran ran = ran("operations", "web", "--state", "stalled", "--host", "h1");

        assertThat(ran.out()).contains(FIRST, "stalled", "40 %");
        assertThat(api.asked()).containsExactly("/api/v1/operations?domain=web&host=h1&state=stalled&limit=100");
    }

    @Test
    void one_is_watched_until_it_has_ended_and_told_with_its_steps() {
        api.answeringInTurn(
                "/api/v1/operations/" + FIRST,
                operation(FIRST, "requested"),
                operation(FIRST, "requested"),
                operation(FIRST, "succeeded"));

        Ran ran = ran("operations", FIRST, "--watch");

        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("State:          succeeded");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void a_service_that_starts_again_in_between_is_asked_on() {
        api.answeringInTurn(
                "/api/v1/operations/" + FIRST,
                operation(FIRST, "requested"),
                operation(FIRST, "requested"),
                RecordedApi.AWAY,
                RecordedApi.AWAY,
                operation(FIRST, "succeeded"));

        assertThat(ran("operations", FIRST, "--watch").status()).isZero();
    }

    @Test
    void one_that_does_not_answer_at_first_is_out_of_reach() {
        api.answering("/api/v1/operations", RecordedApi.AWAY);

        assertThat(ran("operations", "--watch").status()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rolledBack", "cancelled", "abandoned", "needsAttention"})
    void what_did_not_succeed_is_1_with_the_reason(String state) {
        api.answeringInTurn("/api/v1/operations/" + FIRST, operation(FIRST, "requested"), operation(FIRST, state));

        Ran ran = ran("operations", FIRST, "--watch");

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).startsWith("error: operation " + FIRST + " is " + state);
    }

    @Test
    void all_that_is_under_way_is_watched_and_what_ended_before_is_not() {
        api.answeringInTurn(
                        "/api/v1/operations",
                        page(operation(FIRST, "requested")),
                        page(),
                        page(operation(SECOND, "retrying")),
                        page())
                .answering("/api/v1/operations/" + FIRST, operation(FIRST, "rolledBack"))
                .answering("/api/v1/operations/" + SECOND, operation(SECOND, "succeeded"));

        Ran ran = ran("operations", "--watch", "--host", "h1");

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).contains("is rolledBack: the disk was full");
        assertThat(ran.out().lines().filter(l -> l.contains("Merge"))).hasSize(2);
        assertThat(api.asked().subList(0, 4))
                .isEqualTo(List.of(
                        "/api/v1/operations?host=h1&state=requested&limit=100",
                        "/api/v1/operations?host=h1&state=rollingBack&limit=100",
                        "/api/v1/operations?host=h1&state=retrying&limit=100",
                        "/api/v1/operations?host=h1&state=stalled&limit=100"));
    }

    @Test
    void nothing_under_way_is_an_empty_table_at_once() {
        api.answering("/api/v1/operations", page());

        Ran ran = ran("operations", "web", "--watch");

        assertThat(ran.status()).isZero();
        assertThat(ran.out().lines()).hasSize(2);
    }

    @Test
    void what_takes_longer_than_the_patience_goes_on_and_how_to_wait_longer_is_said() {
        api.answering("/api/v1/operations/" + FIRST, operation(FIRST, "requested"));

        Ran ran = ran("operations", FIRST, "--watch", "--timeout", "700ms");

        assertThat(ran.status()).isEqualTo(3);
        assertThat(ran.err()).contains("was not done within 700ms and goes on", "--timeout 1h");
    }

    @Test
    void a_state_that_is_not_known_is_wrong_usage_that_names_those_that_are() {
        Ran ran = ran("operations", "--state", "busy");

        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.err()).contains("\"busy\"", "needsAttention");
        assertThat(ran("operations", "--watch", "--state", "stalled").status()).isEqualTo(2);
        assertThat(ran("operations", "--limit", "0").status()).isEqualTo(2);
    }

    private Ran ran(String... line) {
        String[] all = java.util.Arrays.copyOf(line, line.length + 2);
        all[line.length] = "--url";
        all[line.length + 1] = api.url();
        return Ran.of(all);
    }
}
