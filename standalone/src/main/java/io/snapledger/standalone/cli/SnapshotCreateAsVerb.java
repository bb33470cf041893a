package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a snapshot of a domain, or with {@code --branch} begins a second line of history. */
@Command(
        name = "snapshot-create-as",
        mixinStandardHelpOptions = true,
        description = "take a snapshot; with --branch, begin a second line of history from one")
final class SnapshotCreateAsVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "its name; one is made when not given")
    private Optional<String> name = Optional.empty();

    @Parameters(index = "2", arity = "0..1", paramLabel = "DESCRIPTION")
    private Optional<String> description = Optional.empty();

    @Option(names = "--print-xml", description = "not supported yet")
    private boolean printXml;

    @Option(names = "--no-metadata", description = "take it, and do not keep it in the ledger")
    private boolean noMetadata;

    @Option(names = "--halt", description = "stop the guest when it is taken")
    private boolean halt;

    @Option(names = "--disk-only", description = "disks only, also of a running guest")
    private boolean diskOnly;

    @Option(names = "--reuse-external", description = "use files that are there")
    private boolean reuseExternal;

    @Option(names = "--quiesce", description = "freeze the guest's file systems")
    private boolean quiesce;

    @Option(names = "--atomic", description = "all or nothing; it is always so")
    private boolean atomic;

    @Option(names = "--live", description = "let the guest run while its memory is saved")
    private boolean live;

    @Option(
            names = "--memspec",
            paramLabel = "SPEC",
            converter = Specs.OfMemory.class,
            description = "[file=]path[,snapshot=external]")
    private Optional<MemoryRequest> memory = Optional.empty();

    @Option(
            names = "--diskspec",
            paramLabel = "SPEC",
            converter = Specs.OfDisk.class,
            description = "vda[,snapshot=external][,driver=qcow2][,file=/path]; again for each disk")
    private List<DiskRequest> disks = new ArrayList<>();

    @Option(names = "--branch", paramLabel = "FROM", description = "branch from this external snapshot")
    private Optional<String> branch = Optional.empty();

    @Option(names = "--current", description = "with --branch: go on from the branch")
    private boolean current;

    @Override
    void check() {
        if (printXml) {
            throw wrong(
                    "--print-xml is not supported yet; leave it out, or see what a snapshot is by snapshot-info --json");
        }
        if (branch.isEmpty() && current) {
            throw wrong("--current needs --branch");
        }
        if (branch.isPresent()) {
            withoutBranch().forEach((option, given) -> exclusive("--branch", true, option, given));
        }
        command();
    }

    private Map<String, Boolean> withoutBranch() {
        Map<String, Boolean> options = new LinkedHashMap<>();
        options.put("--memspec", memory.isPresent());
        options.put("--no-metadata", noMetadata);
        options.put("--halt", halt);
        options.put("--quiesce", quiesce);
        options.put("--live", live);
        return options;
    }

    private DomainCommand command() {
        Optional<SnapshotName> wanted = name.map(n -> Texts.value(SnapshotName::new, n));
        return branch.<DomainCommand>map(from -> new DomainCommand.Branch(
                        Optional.of(Texts.value(SnapshotName::new, from)),
                        wanted,
                        description,
                        disks,
                        current,
                        reuseExternal,
                        Optional.empty()))
                .orElseGet(() -> new DomainCommand.CreateSnapshot(
                        wanted,
                        description,
                        memory,
                        disks,
                        diskOnly,
                        live,
                        quiesce,
                        halt,
                        atomic,
                        reuseExternal,
                        noMetadata,
                        Optional.empty(),
                        Optional.empty()));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainId id = domain(api, domain);
        Done done = send(deadline, api, id, command());
        if (!json()) {
            print(created(name, done));
        }
    }

    /** virsh's sentence. */
    static String created(Optional<String> wished, Done done) {
        return "Domain snapshot"
                + done.snapshot()
                        .map(SnapshotName::value)
                        .or(() -> wished)
                        .map(n -> " " + n)
                        .orElse("") + " created";
    }
}
