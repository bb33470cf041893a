package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Begins a second line of history from an external snapshot. */
@Command(
        name = "snapshot-branch",
        mixinStandardHelpOptions = true,
        description = "begin a second line of history from an external snapshot")
final class SnapshotBranchVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "FROM", description = "the snapshot to branch from")
    private String from = "";

    @Parameters(index = "2", arity = "0..1", paramLabel = "NAME", description = "its name; one is made when not given")
    private Optional<String> name = Optional.empty();

    @Option(names = "--description", paramLabel = "TEXT", description = "kept with it")
    private Optional<String> description = Optional.empty();

    @Option(
            names = "--diskspec",
            paramLabel = "SPEC",
            converter = Specs.OfDisk.class,
            description = "vda[,driver=qcow2][,file=/path]; again for each disk")
    private List<DiskRequest> disks = new ArrayList<>();

    @Option(names = "--current", description = "go on from the branch")
    private boolean current;

    @Option(names = "--reuse-external", description = "use files that are there")
    private boolean reuseExternal;

    @Override
    void check() {
        command();
    }

    private DomainCommand.Branch command() {
        return new DomainCommand.Branch(
                Optional.of(Texts.value(SnapshotName::new, from)),
                name.map(n -> Texts.value(SnapshotName::new, n)),
                description,
                disks,
                current,
                reuseExternal,
                Optional.empty());
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Done done = send(deadline, api, domain(api, domain), command());
        say(SnapshotCreateAsVerb.created(name, done));
    }
}
