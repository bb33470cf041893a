package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a domain to a snapshot's state. */
@Command(
        name = "snapshot-revert",
        mixinStandardHelpOptions = true,
        description = "bring a domain to a snapshot's state")
final class SnapshotRevertVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "the snapshot's name")
    private Optional<String> name = Optional.empty();

    @Option(names = "--current", description = "the current snapshot")
    private boolean current;

    @Option(names = "--running", description = "the guest runs afterwards")
    private boolean running;

    @Option(names = "--paused", description = "the guest is paused afterwards")
    private boolean paused;

    @Option(names = "--stopped", description = "the guest is off afterwards")
    private boolean stopped;

    @Option(names = "--force", description = "also where it is risky")
    private boolean force;

    @Option(names = "--reset-nvram", description = "with the firmware's variables as new")
    private boolean resetNvram;

    @Option(
            names = "--on-invalidated",
            paramLabel = "WORD",
            description = "what becomes of layers that lie on the snapshot's: overlay, refuse, discard, merge")
    private Optional<String> onInvalidated = Optional.empty();

    @Option(
            names = "--include-subsequent-changes",
            description = "go on with what was written since the snapshot, in place of the state that it holds")
    private boolean includeSubsequentChanges;

    @Override
    void check() {
        target(name, current);
        exclusive(
                "--on-invalidated",
                onInvalidated.isPresent(),
                "--include-subsequent-changes",
                includeSubsequentChanges);
        exclusive("--running", running, "--paused", paused);
        exclusive("--running", running, "--stopped", stopped);
        exclusive("--paused", paused, "--stopped", stopped);
        invalidated();
    }

    private Optional<Revert.OnInvalidated> invalidated() {
        return onInvalidated.map(w -> Texts.word("--on-invalidated", Revert.OnInvalidated.class, w));
    }

    private Optional<Revert.Start> start() {
        if (running) {
            return Optional.of(Revert.Start.RUNNING);
        }
        if (paused) {
            return Optional.of(Revert.Start.PAUSED);
        }
        return stopped ? Optional.of(Revert.Start.STOPPED) : Optional.empty();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        SnapshotName snapshot = meant(api, domain, name);
        send(
                deadline,
                api,
                domain(api, domain),
                new Revert(snapshot, start(), invalidated(), includeSubsequentChanges, resetNvram, force));
        say("Domain snapshot " + snapshot + " reverted");
    }
}
