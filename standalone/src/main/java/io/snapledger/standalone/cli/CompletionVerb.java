package io.snapledger.standalone.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a shell must know to complete our verbs and options; made of the verbs themselves. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "the script with which a shell completes verbs and options",
            "bash: source <(snapledger completion bash); zsh takes the same script, behind autoload -U +X bashcompinit"
                    + " && bashcompinit."
        })
final class CompletionVerb implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "bash|zsh", description = "the shell")
    private Shell shell = Shell.bash;

    /** As they call themselves. */
    private enum Shell {
        bash,
        zsh
    }

    @Override
    public void run() {
        CommandLine root = requireNonNull(spec).root().commandLine();
        root.getSubcommands()
                .values()
                .forEach(verb ->
                        NamedArguments.options(verb.getCommandSpec()).forEach(verb.getCommandSpec()::addOption));
        String script = AutoComplete.bash(root.getCommandName(), root);
        requireNonNull(spec)
                .commandLine()
                .getOut()
                .print(
                        switch (shell) {
                            case bash -> script;
                            case zsh -> "autoload -U +X bashcompinit && bashcompinit\n" + script;
                        });
        requireNonNull(spec).commandLine().getOut().flush();
    }
}
