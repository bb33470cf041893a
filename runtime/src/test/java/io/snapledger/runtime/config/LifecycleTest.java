package io.snapledger.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private final List<String> happened = new ArrayList<>();
    private final Lifecycle lifecycle = new Lifecycle("test");

    @Test
    void stops_in_reverse_and_only_once() {
        part("database");
        part("consumer");
        lifecycle.onStop("farewell", () -> happened.add("farewell"));

        lifecycle.close();
        lifecycle.close();

        assertThat(happened).containsExactly("+database", "+consumer", "farewell", "-consumer", "-database");
    }

    @Test
    void stops_what_runs_when_a_part_does_not_start() {
        part("database");

        assertThatExceptionOfType(LifecycleException.class)
                .isThrownBy(() -> lifecycle.start("consumer", () -> {
                    throw new IllegalStateException("no broker");
                }))
                .withMessage("test: cannot start consumer: no broker")
                .withCauseInstanceOf(IllegalStateException.class);

        assertThat(happened).containsExactly("+database", "-database");
    }

    @Test
    void keeps_the_first_error_and_suppresses_later_ones() {
        part("database");
        broken("consumer");
        broken("server");

        assertThatExceptionOfType(LifecycleException.class)
                .isThrownBy(lifecycle::close)
                .withMessage("test: cannot stop server: server is stuck")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(later ->
                                assertThat(later).hasMessage("test: cannot stop consumer: consumer is stuck")));

        assertThat(happened).containsExactly("+database", "-database");
    }

    @Test
    void errors_of_clean_up_do_not_hide_why_a_start_failed() {
        broken("database");

        assertThatExceptionOfType(LifecycleException.class)
                .isThrownBy(() -> lifecycle.start("consumer", () -> {
                    throw new IllegalStateException("no broker");
                }))
                .withMessageContaining("no broker")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void a_part_that_starts_while_all_is_stopped_is_stopped_too() {
        assertThatExceptionOfType(LifecycleException.class)
                .isThrownBy(() -> lifecycle.start("late", () -> {
                    lifecycle.close();
                    happened.add("+late");
                    return () -> happened.add("-late");
                }))
                .withMessage("test: stopped while late was starting");

        assertThat(happened).containsExactly("+late", "-late");
    }

    @Test
    void nothing_starts_after_the_end() {
        lifecycle.close();

        assertThatExceptionOfType(LifecycleException.class).isThrownBy(() -> part("late"));

        assertThat(happened).isEmpty();
    }

    private void part(String name) {
        var part = lifecycle.start(name, () -> {
            happened.add("+" + name);
            return () -> happened.add("-" + name);
        });
        assertThat(part).isNotNull();
    }

    private void broken(String name) {
        lifecycle.onStop(name, () -> {
            throw new IllegalStateException(name + " is stuck");
        });
    }
}
