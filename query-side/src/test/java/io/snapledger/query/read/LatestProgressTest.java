package io.snapledger.query.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.OperationView.Progress;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LatestProgressTest {
    private static final DomainId DOMAIN = new DomainId(new UUID(0, 1));
    private static final OperationId MERGE = new OperationId(new UUID(0, 2));

    private long now;
    private final LatestProgress latest = new LatestProgress(() -> now);

    private static OperationProgress told(OperationId operation, int attempt, long done) {
        return new OperationProgress(
                DOMAIN, operation, attempt, 1, "commitLayer", done, 200, (int) (done / 2), Instant.EPOCH);
    }

    private static OperationView operation(OperationState state, int attempt) {
        return new OperationView(
                MERGE,
                DOMAIN,
                new HostName("kvm-1"),
                "Merge",
                Optional.empty(),
                state,
                attempt,
                Progress.of(0),
                List.of(),
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty());
    }

    @Test
    void the_last_word_of_the_attempt_that_runs_is_shown() {
        latest.heard(told(MERGE, 2, 50));
        latest.heard(told(MERGE, 2, 80));

        assertThat(latest.shown(operation(OperationState.RETRYING, 2)).progress())
                .isEqualTo(new Progress(40, Optional.of(80L), Optional.of(200L), Optional.of(1)));
        assertThat(latest.shown(operation(OperationState.RETRYING, 3)).progress())
                .isEqualTo(Progress.of(0));
    }

    @Test
    void what_has_ended_is_forgotten() {
        latest.heard(told(MERGE, 1, 50));

        assertThat(latest.shown(operation(OperationState.SUCCEEDED, 1)).progress())
                .isEqualTo(Progress.of(0));
        assertThat(latest.size()).isZero();
    }

    @Test
    void what_nobody_tells_of_any_more_is_not_shown() {
        latest.heard(told(MERGE, 1, 50));

        now = Duration.ofSeconds(31).toNanos();

        assertThat(latest.shown(operation(OperationState.REQUESTED, 1)).progress())
                .isEqualTo(Progress.of(0));
        assertThat(latest.size()).isZero();
    }

    @Test
    void no_more_than_so_many_are_kept_and_the_silent_ones_go_first() {
        latest.heard(told(MERGE, 1, 50));
        for (int i = 0; i < 9_999; i++) {
            latest.heard(told(new OperationId(new UUID(1, i)), 1, 10));
        }
        latest.heard(told(MERGE, 1, 60));
        latest.heard(told(new OperationId(new UUID(2, 0)), 1, 10));

        assertThat(latest.size()).isEqualTo(10_000);
        assertThat(latest.shown(operation(OperationState.REQUESTED, 1))
                        .progress()
                        .percent())
                .isEqualTo(30);
    }
}
