package io.snapledger.standalone.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What one call of the command line printed, and how it ended. */
record Ran(int status, String out, String err) {

    @Command(name = "snapledger")
    private static final class Root {}

    static Ran of(String... arguments) {
        CommandLine line = new CommandLine(new Root());
        ClientVerbs.all().forEach(line::addSubcommand);
        ClientVerbs.configure(line);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int status = line.execute(arguments);
        return new Ran(status, out.toString(), err.toString());
    }
}
