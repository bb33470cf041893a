package io.snapledger.standalone.cli;

import io.snapledger.schema.value.InvalidValueException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The client's verbs, and what their exit status says: 0 done, 1 refused or failed, 2 wrong usage, 3 service out of reach. */
public final class ClientVerbs {
    private static final int REFUSED = 1;
    private static final int OUT_OF_REACH = 3;

    private ClientVerbs() {}

    /** New instances of every verb, each a picocli command with a name of its own. */
    public static List<Object> all() {
        return List.of(
                new DefineVerb(),
                new UndefineVerb(),
                new ListVerb(),
                new SnapshotCreateVerb(),
                new SnapshotCreateAsVerb(),
                new SnapshotBranchVerb(),
                new SnapshotRevertVerb(),
                new SnapshotDeleteVerb(),
                new SnapshotMergeVerb(),
                new SnapshotDeactivateVerb(),
                new UndoVerb(),
                new CancelVerb(),
                new RetryVerb(),
                new AbandonVerb(),
                new CreateWithSnapshotVerb(),
                new SnapshotListVerb(),
                new SnapshotSearchVerb(),
                new SnapshotInfoVerb(),
                new SnapshotDumpXmlVerb(),
                new SnapshotCurrentVerb(),
                new SnapshotParentVerb(),
                new SnapshotEditVerb(),
                new SnapshotDescribeVerb(),
                new SnapshotExportVerb(),
                new SnapshotImportVerb(),
                new VmSnapshotCreateVerb(),
                new VmSnapshotDeleteVerb(),
                new VmSnapshotListVerb(),
                new VmSnapshotApplyVerb(),
                new DiskSnapshotCreateVerb(),
                new DiskSnapshotDeleteVerb(),
                new DiskSnapshotListVerb(),
                new DiskSnapshotApplyVerb(),
                new DriftVerb(),
                new DiffVerb(),
                new AuditVerb(),
                new OperationsVerb(),
                new ProjectionsVerb(),
                new CompletionVerb(),
                new ManVerb());
    }

    /**
     * Maps errors to exit status and sentences. To be called when all subcommands have been added; what is no error of a
     * client is left to the handler that was there.
     */
    public static CommandLine configure(CommandLine root) {
        IExecutionExceptionHandler others = root.getExecutionExceptionHandler();
        root.getSubcommands().values().forEach(verb -> verb.getCommandSpec().preprocessor(new NamedArguments()));
        return root.setExecutionExceptionHandler((e, verb, parsed) -> failed(e, verb, parsed, others))
                .setParameterExceptionHandler((e, _) -> misused(e));
    }

    private static int failed(Exception e, CommandLine verb, ParseResult parsed, IExecutionExceptionHandler others)
            throws Exception {
        return switch (e) {
            case RefusedException refused -> said(verb, refused, REFUSED);
            case OutOfReachException away -> said(verb, away, OUT_OF_REACH);
            case CommandLine.TypeConversionException wrong -> said(verb, wrong, ExitCode.USAGE);
            case InvalidValueException wrong -> said(verb, wrong, ExitCode.USAGE);
            default -> others.handleExecutionException(e, verb, parsed);
        };
    }

    private static int said(CommandLine verb, Exception e, int status) {
        PrintWriter err = verb.getErr();
        err.println("error: " + e.getMessage());
        err.flush();
        return status;
    }

    private static int misused(ParameterException e) {
        CommandLine verb = e.getCommandLine();
        PrintWriter err = verb.getErr();
        err.println("error: " + e.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println("see: " + verb.getCommandSpec().qualifiedName() + " --help");
        }
        err.flush();
        return ExitCode.USAGE;
    }
}
