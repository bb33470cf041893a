package io.snapledger.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void a_seed_tells_all_of_it() {
        assertThat(Schedule.of(7, LONG)).isEqualTo(Schedule.of(7, LONG)).isNotEqualTo(Schedule.of(8, LONG));
    }

    @Test
    void a_longer_run_of_a_seed_begins_as_a_shorter_one() {
        List<Schedule.Strike> shorter = Schedule.of(7, Duration.ofMinutes(1)).strikes();

        assertThat(Schedule.of(7, LONG).strikes().subList(0, shorter.size())).isEqualTo(shorter);
    }

    @Test
    void every_kind_comes_once_before_any_comes_again() {
        List<Fault> first = Schedule.of(7, LONG).strikes().stream()
                .map(Schedule.Strike::fault)
                .limit(Fault.values().length)
                .toList();

        assertThat(first).containsExactlyInAnyOrder(Fault.values());
    }
}
