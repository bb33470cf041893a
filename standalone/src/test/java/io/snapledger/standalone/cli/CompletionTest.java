package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The script that a shell completes by, in that shell. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CompletionTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            snapshot-li | snapshot-list
            proj | projections
            compl | completion
            """)
    void bash_completes_the_verbs(String begun, String whole) throws Exception {
        assertThat(completed(1, begun)).contains(whole);
    }

    @Test
    void bash_completes_the_options_of_a_verb() throws Exception {
        assertThat(completed(2, "snapshot-list --topo")).contains("--topological");
        assertThat(completed(2, "snapshot-list --js")).contains("--json");
        assertThat(completed(2, "operations --wa")).contains("--watch");
        assertThat(completed(2, "audit --for")).contains("--format");
    }

    @Test
    void bash_completes_the_names_of_arguments_too() throws Exception {
        assertThat(completed(2, "snapshot-info --snapsh")).contains("--snapshotname");
        assertThat(completed(2, "snapshot-create-as --desc")).contains("--description");
    }

    @Test
    void another_shell_is_wrong_usage() {
        StringWriter err = new StringWriter();
        CommandLine line = line().setErr(new PrintWriter(err));

        assertThat(line.execute("completion", "fish")).isEqualTo(2);
        assertThat(err.toString()).contains("fish");
    }

    private static CommandLine line() {
        CommandLine line = new CommandLine(CommandSpec.create().name("snapledger"));
        ClientVerbs.all().forEach(line::addSubcommand);
        return ClientVerbs.configure(line);
    }

    private String completed(int word, String line) throws Exception {
        StringWriter out = new StringWriter();
        assertThat(line().setOut(new PrintWriter(out)).execute("completion", "bash"))
                .isZero();
        Path script = folder.resolve("completion.bash");
        Files.writeString(
                script,
                out + "\nCOMP_WORDS=(snapledger " + line + ")\nCOMP_CWORD=" + word
                        + "\n_complete_snapledger\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", script.toString())
                .redirectErrorStream(true)
                .start();
        String told = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(bash.exitValue()).as(told).isZero();
        return told;
    }
}
