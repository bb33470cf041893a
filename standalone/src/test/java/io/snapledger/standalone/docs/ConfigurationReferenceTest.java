package io.snapledger.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.CommandSideConfig;
import io.snapledger.executor.ExecutorConfig;
import io.snapledger.query.QuerySideConfig;
import io.snapledger.runtime.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** {@code docs/configuration.md} is written from the settings themselves; {@code -Dsnapledger.approve=true} writes it. */
class ConfigurationReferenceTest {
    private static final Path FILE = Path.of("../docs/configuration.md");

    @Test
    void the_reference_says_what_the_processes_read() throws Exception {
        String reference = String.join(
                "\n",
                """
                # Configuration

                A process reads `SNAPLEDGER_*` variables, and behind them the properties file that `SNAPLEDGER_CONFIG` names, in which
                the keys stand as they are here. A key that a process does not know, or a value that cannot be used, ends its start, and
                all such problems are told at once. `SNAPLEDGER_LOG` says how much is logged (`INFO`).

                This page is written by a test from what the processes ask for.
                """,
                table("Command side", CommandSideConfig::from),
                table("Query side", QuerySideConfig::from),
                table("Executor", ExecutorConfig::from));

        if (Boolean.getBoolean("snapledger.approve")) {
            Files.writeString(FILE, reference);
        }

        assertThat(Files.readString(FILE))
                .as("when the change is meant: mvn -pl standalone -am test -Dtest=ConfigurationReferenceTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dsnapledger.approve=true")
                .isEqualTo(reference);
    }

    private static String table(String process, Consumer<Settings> reader) {
        List<Settings.Described> settings = Settings.described(reader);
        assertThat(settings)
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.about()).as(s.key()).isNotBlank());
        StringBuilder table = new StringBuilder("## " + process
                + "\n\n| variable | key | meaning | allowed | without it |\n" + "| --- | --- | --- | --- | --- |\n");
        for (Settings.Described setting : settings) {
            table.append("| `SNAPLEDGER_")
                    .append(setting.key().toUpperCase(Locale.ROOT).replace('.', '_'))
                    .append("` | `")
                    .append(setting.key())
                    .append("` | ")
                    .append(setting.about())
                    .append(" | ")
                    .append(setting.allowed())
                    .append(" | ")
                    .append(setting.absent())
                    .append(" |\n");
        }
        return table.toString();
    }
}
