package io.snapledger.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page has every command and every option, and the system's reader takes it. */
class ManPageTest {
    @Test
    void every_command_and_every_option_is_there() {
        String page = printed("man", "--source");

        for (CommandLine verb : Main.line().getSubcommands().values()) {
            String name = verb.getCommandName();
            assertThat(page).contains(".SS " + escaped(name) + "\n");
            String part = part(page, name);
            for (OptionSpec option : verb.getCommandSpec().options()) {
                assertThat(part).as(name).contains(escaped(option.longestName()));
                assertThat(page).as(name).contains(escaped(String.join(", ", option.names())));
            }
        }
    }

    @Test
    void every_option_has_a_meaning() {
        String page = printed("man", "--source");

        assertThat(page).doesNotContainPattern("\\.TP\n.*\n\\\\&\n");
    }

    @Test
    void the_variables_and_the_status_are_told() {
        assertThat(printed("man", "--source"))
                .contains("SNAPLEDGER_URL", "SNAPLEDGER_HTTP_TOKEN", "SNAPLEDGER_BOOTSTRAP", ".SH EXIT STATUS");
    }

    @Test
    void the_plain_text_has_every_command() {
        assertThat(printed("man", "--plain"))
                .contains(Main.line().getSubcommands().keySet().stream()
                        .map(name -> "Usage: snapledger " + name)
                        .toList());
    }

    @Test
    void the_reader_of_the_system_finds_nothing_wrong(@TempDir Path folder) throws Exception {
        assumeTrue(
                Stream.of("/usr/bin/groff", "/usr/bin/man").allMatch(p -> Files.isExecutable(Path.of(p))),
                "man and groff are not installed, so that nobody reads the page");
        Path page = Files.writeString(folder.resolve("snapledger.1"), printed("man", "--source"));
        Path said = folder.resolve("said");

        Process groff = new ProcessBuilder("groff", "-k", "-man", "-Tutf8", "-ww", "-z", page.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();

        assertThat(groff.waitFor()).isZero();
        assertThat(said).hasContent("");
        assertThat(printed("man")).contains("snapshot-list", "--no-leaves", "EXIT STATUS");
    }

    private static String printed(String... line) {
        StringWriter out = new StringWriter();
        assertThat(Main.line().setOut(new PrintWriter(out)).execute(line)).isZero();
        return out.toString();
    }

    private static String part(String page, String verb) {
        String begun = page.substring(page.indexOf(".SS " + escaped(verb) + "\n") + 1);
        int next = begun.indexOf("\n.S", 1);
        return next < 0 ? begun : begun.substring(0, next);
    }

    private static String escaped(String text) {
        return text.replace("-", "\\-");
    }
}
