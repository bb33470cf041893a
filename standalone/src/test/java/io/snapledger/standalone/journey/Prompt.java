package io.snapledger.standalone.journey;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Json;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.cli.ClientVerbs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line of a person who uses one service.
 *
 * @param sending what a verb that sends is told besides
 */
record Prompt(String url, List<String> sending) {
    Prompt(Standalone service) {
        this(service.url(), List.of("--bootstrap", service.bootstrap()));
    }

    /** What a line came to. */
    record Answer(int status, String out, String err) {}

    @Command(name = "snapledger")
    private static final class Root {}

    /** What a line that must succeed prints. */
    String ran(String... line) {
        Answer answer = execute(line);
        assertThat(answer.status()).as(answer.toString()).isZero();
        return answer.out();
    }

    JsonNode json(String... line) {
        List<String> all = new ArrayList<>(List.of(line));
        all.add("--json");
        try {
            return Json.lenient().readTree(ran(all.toArray(String[]::new)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a line that must be refused says. */
    String refused(String... line) {
        Answer answer = execute(line);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
        return answer.err();
    }

    private static String named(Object verb) {
        return requireNonNull(verb.getClass().getAnnotation(Command.class)).name();
    }

    Answer execute(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new Root());
        // Reading the annotations of every verb would take longer than most of what they do.
        ClientVerbs.all().stream()
                .filter(verb -> named(verb).equals(arguments[0]))
                .forEach(line::addSubcommand);
        ClientVerbs.configure(line).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--url", url));
        if (line.getSubcommands()
                .get(arguments[0])
                .getCommandSpec()
                .optionsMap()
                .containsKey("--bootstrap")) {
            all.addAll(sending);
        }
        return new Answer(line.execute(all.toArray(String[]::new)), out.toString(), err.toString());
    }
}
