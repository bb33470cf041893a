package io.snapledger.standalone.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the manual page: by the reader of the system where there is one, else as plain text. */
@Command(
        name = "man",
        mixinStandardHelpOptions = true,
        description = {
            "the manual page",
            "snapledger man --source > /usr/local/share/man/man1/snapledger.1 makes it known to man."
        })
final class ManVerb implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--source", description = "as man(7), to be installed")
    private boolean source;

    @Option(names = "--plain", description = "as plain text, without the reader of the system")
    private boolean plain;

    @Override
    public void run() {
        CommandSpec of = requireNonNull(spec).root();
        PrintWriter out = spec.commandLine().getOut();
        if (source) {
            out.print(ManPage.of(of));
        } else if (plain || !isReaderThere()) {
            ManPage.verbs(of).forEach(verb -> {
                verb.commandLine().usage(out);
                out.println();
            });
        } else {
            read(ManPage.of(of), out);
        }
        out.flush();
    }

    private static boolean isReaderThere() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "man")));
    }

    /** On a terminal it pages; elsewhere its text is passed on. */
    private static void read(String page, PrintWriter out) {
        try {
            Path file = Files.createTempFile("snapledger", ".1");
            try {
                Files.writeString(file, page);
                List<String> command = new ArrayList<>(List.of("man", "--local-file", file.toString()));
                if (Terminal.is(Terminal.OUTPUT)) {
                    new ProcessBuilder(command).inheritIO().start().waitFor();
                } else {
                    Process man = new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
                    man.getOutputStream().close();
                    out.print(new String(man.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                    man.waitFor();
                }
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the manual page cannot be shown; try: snapledger man --plain", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutOfReachException("interrupted while the manual page was read", e);
        }
    }
}
