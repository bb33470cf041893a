package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.query.OperationView;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter said = new StringWriter();
    private long now;

    private Progress progress(boolean terminal) {
        return new Progress(new PrintWriter(said), "Merge", terminal, () -> now);
    }

    private static Optional<OperationView.Progress> half() {
        return Optional.of(
                new OperationView.Progress(50, Optional.of(1L << 30), Optional.of(2L << 30), Optional.of(0)));
    }

    @Test
    void a_bar_shows_how_far_a_long_step_is_and_goes_at_the_end() {
        Progress progress = progress(true);

        now = Duration.ofSeconds(2).toNanos();
        progress.still(ProgressTest::half);
        String shown = said.toString();
        progress.end();

        assertThat(shown).contains("Merge [##########----------] 50 %, 1 GiB of 2 GiB, of step 0, 2 s");
        assertThat(said.toString()).endsWith("\r\u001b[K");
    }

    @Test
    void without_bytes_the_share_of_the_steps_is_shown() {
        Progress progress = progress(true);

        now = Duration.ofSeconds(2).toNanos();
        progress.still(() -> Optional.of(OperationView.Progress.of(25)));

        assertThat(said.toString()).contains("Merge … 25 %, 2 s");
    }

    @Test
    void nothing_is_shown_of_what_is_short_or_where_there_is_no_terminal() {
        Progress piped = progress(false);
        Progress brief = progress(true);

        brief.still(ProgressTest::half);
        now = Duration.ofSeconds(2).toNanos();
        piped.still(ProgressTest::half);

        assertThat(said.toString()).isEmpty();
    }
}
