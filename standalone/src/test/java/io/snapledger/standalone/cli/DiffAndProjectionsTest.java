package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What two moments differ by, and replays, on the command line. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DiffAndProjectionsTest {
    private static final String REPLAYING = """
            {"items":[{"name":"audit","state":"%s","position":40,"head":42,"lag":2,"applied":7,"rate":12.5,"secondsLeft":1,
              "replay":%s,"failure":null,"compared":null}],"next":null,"position":40}
            """;

    private final RecordedApi api = new RecordedApi();

    DiffAndProjectionsTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void what_changed_is_told_line_by_line() {
        api.answering("/api/v1/domains/web-1/diff", """
                {"domain":"web-1","from":3,"to":9,"defined":null,"current":{"from":null,"to":"a"},
                 "state":{"from":"running","to":"paused"},
                 "snapshots":{"added":[{"domain":"0f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11","name":"a","description":null,
                   "parent":null,"createdAt":"2026-01-02T03:04:05Z","state":"shutoff","location":"external",
                   "memory":{"snapshot":"none","file":null},"disks":[],"current":true,"children":0,"descendants":0,
                   "metadata":true,"consumed":false,"domainName":"web-1","host":"localhost","actor":null,"depth":0,"size":null}],"removed":[],"changed":[]},
                 "layers":{"added":[],"removed":[],"changed":[]},"position":9}
                """);

        Ran ran = Ran.of(
                "diff", "web-1", "--from", "2026-11-21T08:00:00Z", "--to", "2026-11-21T09:00:00Z", "--url", api.url());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.out().lines())
                .containsExactly("~ current snapshot: - -> a", "~ guest: running -> paused", "+ snapshot a");
        assertThat(api.asked().getFirst())
                .contains("/diff?", "from=2026-11-21T08%3A00%3A00Z", "to=2026-11-21T09%3A00%3A00Z");
    }

    @Test
    void a_diff_of_now_with_now_is_wrong_usage() {
        assertThat(Ran.of("diff", "web-1", "--url", api.url()).status()).isEqualTo(2);
        assertThat(Ran.of("diff", "none", "--from", "2026-11-21T08:00:00Z", "--url", api.url())
                        .status())
                .isEqualTo(1);
    }

    @Test
    void a_replay_is_shown_with_its_pace_and_can_be_paused() {
        api.answering(
                        "/api/v1/projections",
                        REPLAYING.formatted(
                                "replaying",
                                "{\"position\":21,\"remaining\":21,\"percent\":50,\"rate\":10.5,\"secondsLeft\":2,\"paused\":false}"))
                .answering("/api/v1/projections/audit/pause", "{}");

        Ran ran = Ran.of("projections", "pause", "audit", "--url", api.url());

        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(api.asked().getFirst()).isEqualTo("/api/v1/projections/audit/pause");
        assertThat(ran.out()).contains("50 %, 10.5/s, 2 s left", "12.5");
    }

    @Test
    void a_replay_that_waits_says_so() {
        api.answering(
                "/api/v1/projections",
                REPLAYING.formatted(
                        "paused",
                        "{\"position\":21,\"remaining\":21,\"percent\":50,\"rate\":0.0,\"secondsLeft\":null,\"paused\":true}"));

        assertThat(Ran.of("projections", "--url", api.url()).out()).contains("paused", "50 %, 0.0/s, paused");
    }

    @Test
    void only_what_ends_can_be_watched() {
        Ran ran = Ran.of("projections", "cancel", "audit", "--watch", "--url", api.url());

        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.err()).contains("--watch goes with replay NAME or resume NAME");
        assertThat(Ran.of("projections", "stop", "audit", "--url", api.url()).status())
                .isEqualTo(2);
    }
}
