package io.snapledger.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Faults of every kind under load. {@code -Dsnapledger.chaos.seed=S -Dsnapledger.chaos.minutes=N} repeats what a seed does;
 * docs/chaos.md says how to read what is found.
 */
@Tag("qemu")
class ChaosTest {
    private static final Logger LOG = LoggerFactory.getLogger(ChaosTest.class);

    @Test
    void nothing_is_lost_in_half_a_minute_of_faults() throws Exception {
        run(new Chaos.Options(Duration.ofSeconds(30), 1, 2, false, false));
    }

    @Test
    @Tag("nightly")
    void nothing_is_lost_in_minutes_of_faults() throws Exception {
        run(new Chaos.Options(minutes(), seed(), 3, false, false));
    }

    @Test
    @Tag("nightly")
    void no_part_takes_up_more_and_more() throws Exception {
        run(new Chaos.Options(minutes(), seed(), 3, true, false));
    }

    private static Duration minutes() {
        return Duration.ofMinutes(Integer.getInteger("snapledger.chaos.minutes", 10));
    }

    private static long seed() {
        return Long.getLong("snapledger.chaos.seed", System.nanoTime() % 1_000_000);
    }

    private static void run(Chaos.Options options) throws Exception {
        Chaos.Result result = new Chaos(options, line -> LOG.info("{}", line)).run();

        LOG.info("{}", result.line());
        assertThat(result.violations())
                .as("%s, see %s", result.line(), result.history())
                .isEmpty();
    }
}
