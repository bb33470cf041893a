package io.snapledger.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private enum Colour {
        RED,
        DARK_BLUE
    }

    @Test
    void reads_every_type() {
        var settings = Settings.of(Map.of(
                "name", " web ",
                "password", "hush",
                "folder", "/var/lib/x",
                "port", "8080",
                "wait", "10s",
                "loud", "true",
                "colour", "dark-blue",
                "hosts", "a, b"));
        var name = settings.text("name").required();
        var password = settings.secret("password").required();
        var folder = settings.path("folder").required();
        var port = settings.integer("port", 0, 65535).required();
        var wait = settings.duration("wait", Duration.ZERO, Duration.ofHours(1)).required();
        var loud = settings.flag("loud").required();
        var colour = settings.choice("colour", Colour.class).required();
        var hosts = settings.list("hosts").required();

        settings.check();

        assertThat(name.get()).isEqualTo("web");
        assertThat(password.get().value()).isEqualTo("hush");
        assertThat(folder.get()).isEqualTo(Path.of("/var/lib/x"));
        assertThat(port.get()).isEqualTo(8080);
        assertThat(wait.get()).isEqualTo(Duration.ofSeconds(10));
        assertThat(loud.get()).isTrue();
        assertThat(colour.get()).isEqualTo(Colour.DARK_BLUE);
        assertThat(hosts.get()).isEqualTo(List.of("a", "b"));
    }

    @Test
    void an_absent_or_blank_value_has_a_default_or_is_empty() {
        var settings = Settings.of(Map.of("port", " "));
        var port = settings.integer("port", 0, 65535).orElse(8080);
        var name = settings.text("name").optional();

        settings.check();

        assertThat(port.get()).isEqualTo(8080);
        assertThat(name.get()).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "10s,PT10S", "5m,PT5M", "2h,PT2H", "1d,PT24H", "PT1M30S,PT1M30S"})
    void reads_times_as_people_write_them(String text, Duration expected) {
        var settings = Settings.of(Map.of("wait", text));
        var wait = settings.duration("wait", Duration.ZERO, Duration.ofDays(2)).required();

        settings.check();

        assertThat(wait.get()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "-1s", "3 s", "1w", "soon", "999999999999d", "49h"})
    void refuses_what_is_no_time_within_the_bounds(String text) {
        var settings = Settings.of(Map.of("wait", text));
        settings.duration("wait", Duration.ZERO, Duration.ofDays(2)).required();

        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(settings::check)
                .withMessageContaining("wait = \"%s\"; allowed: a time such as".formatted(text))
                .withMessageContaining("from 0ms to 48h");
    }

    @Nested
    class Problems {
        @Test
        void come_all_at_once_with_key_value_and_what_is_allowed() {
            var settings = Settings.of(Map.of("port", "70000", "prot", "1", "colour", "green"));
            settings.integer("port", 0, 65535).orElse(8080);
            settings.text("name").required();
            settings.choice("colour", Colour.class).required();

            assertThatExceptionOfType(SettingsException.class)
                    .isThrownBy(settings::check)
                    .withMessage("""
                            4 settings cannot be used:
                              port = "70000"; allowed: a whole number from 0 to 65535
                              name is missing; allowed: text
                              colour = "green"; allowed: one of red, dark-blue
                              prot is not known; allowed: colour, name, port""");
        }

        @Test
        void a_number_beyond_all_numbers_is_one() {
            var settings = Settings.of(Map.of("port", "99999999999999999999"));
            settings.integer("port", 0, 65535).required();

            assertThatExceptionOfType(SettingsException.class).isThrownBy(settings::check);
        }

        @Test
        void a_value_taken_before_the_check_is_a_mistake_of_the_programmer() {
            var port = Settings.of(Map.of()).integer("port", 0, 9).orElse(1);

            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(port::get);
        }
    }

    @Test
    void prints_no_secret() {
        var settings = Settings.of(Map.of("name", "web", "password", "hush", "passwrod", "hush"));
        settings.text("name").required();
        var password = settings.secret("password").required();

        assertThat(settings).hasToString("name = web\npassword = ***\npasswrod = ***");
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(settings::check)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush"));
        assertThat(new Secret("hush")).hasToString("***");
        assertThat(password).isNotNull();
    }

    @Test
    void an_environment_gives_its_own_names_over_those_of_a_file(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("x.properties"), "http.port=1\nname=wéb\n");

        var values = Settings.environment(
                Map.of("SNAPLEDGER_CONFIG", file.toString(), "SNAPLEDGER_HTTP_PORT", "2", "PATH", "/bin"));

        assertThat(values).isEqualTo(Map.of("http.port", "2", "name", "wéb"));
    }

    @Test
    void a_file_that_cannot_be_read_is_a_problem() {
        var environment = Map.of("SNAPLEDGER_CONFIG", "/does/not/exist");

        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> Settings.environment(environment))
                .withMessageContaining("SNAPLEDGER_CONFIG = \"/does/not/exist\" cannot be read");
    }
}
