package io.snapledger.standalone;

import io.snapledger.runtime.config.LifecycleException;
import io.snapledger.runtime.config.SettingsException;
import io.snapledger.standalone.cli.ChaosVerb;
import io.snapledger.standalone.cli.ClientVerbs;
import io.snapledger.standalone.cli.Side;
import io.snapledger.standalone.cli.Up;
import io.snapledger.standalone.demo.Demo;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** The command line. Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 service out of reach. */
@Command(
        name = "snapledger",
        mixinStandardHelpOptions = true,
        version = "snapledger 0.1.0",
        description = "The snapshots of your virtual machines, kept as a ledger.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.setProperty("axoniq.update-checker.disabled", "true");
        if (arguments.length > 0 && List.of("demo", "chaos").contains(arguments[0])) {
            // What happens is told on the terminal; what the parts log of it would only stand in between.
            System.setProperty("SNAPLEDGER_LOG", "ERROR");
        }
        CommandLine line = line();
        PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int status = line.setOut(out).setErr(err).execute(arguments);
        out.flush();
        System.exit(status);
    }

    /** All commands. */
    static CommandLine line() {
        CommandLine line = new CommandLine(new Main())
                .addSubcommand(new Up())
                .addSubcommand(new Demo())
                .addSubcommand(new ChaosVerb())
                .addSubcommand(new Side.CommandSide())
                .addSubcommand(new Side.QuerySide())
                .addSubcommand(new Side.Executor());
        ClientVerbs.all().forEach(line::addSubcommand);
        line.setExecutionExceptionHandler(brief());
        return ClientVerbs.configure(line);
    }

    /** A reason in one sentence where there is one; a stack trace only for what is a defect of ours. */
    private static IExecutionExceptionHandler brief() {
        return (e, line, _) -> {
            if (!(e instanceof LifecycleException) && !(e instanceof SettingsException)) {
                throw e;
            }
            List<String> why = new ArrayList<>();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                why.add(cause.getMessage());
            }
            line.getErr().println("snapledger: " + String.join(": ", why));
            return 1;
        };
    }
}
