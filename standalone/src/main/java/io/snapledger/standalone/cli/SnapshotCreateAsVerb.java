package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Parameters(index = "2", arity = "0..1", paramLabel = "DESCRIPTION", description = "kept with it")
    private Optional<String> description = Optional.empty();

    @Option(names = "--print-xml", description = "print the document that asks for it, and take nothing")
    private boolean printXml;

    @Mixin
    private CaptureOptions capture = new CaptureOptions();

    @Option(names = "--validate", description = "check the document that asks for it as well")
    private boolean validate;

    @Option(names = "--memspec", paramLabel = "SPEC", description = "[file=]path[,snapshot=external]")
    private Optional<String> memory = Optional.empty();

    @Option(
            names = "--diskspec",
            paramLabel = "SPEC",
            description = "vda[,snapshot=external][,driver=qcow2][,file=/path]; again for each disk")
    private List<String> disks = new ArrayList<>();

    @Option(names = "--branch", paramLabel = "FROM", description = "branch from this external snapshot")
    private Optional<String> branch = Optional.empty();

    @Option(names = "--current", description = "with --branch: go on from the branch")
    private boolean current;

    @Override
    void check() {
        if (branch.isEmpty() && current) {
            throw wrong("--current needs --branch");
        }
        if (branch.isPresent()) {
            exclusive("--branch", true, "--memspec", memory.isPresent());
            capture.notOfABranch().forEach((option, given) -> exclusive("--branch", true, option, given));
        }
        if (validate) {
            DomainSnapshotXml.read(document().print(), EnumSet.of(ParseFlag.DISKS, ParseFlag.VALIDATE));
        }
        if (printXml) {
            document();
        } else {
            command();
        }
    }

    /** Values are not looked at: that is left to whoever takes the document (virsh does so too). */
    private Element document() {
        List<Element> parts = new ArrayList<>();
        name.ifPresent(n -> parts.add(Element.of("name", n)));
        description.ifPresent(d -> parts.add(Element.of("description", d)));
        branch.ifPresent(b -> parts.add(Element.of("branch", b)));
        memory.ifPresent(m -> parts.add(Specs.memoryElement(m)));
        if (!disks.isEmpty()) {
            parts.add(Element.of("disks", disks.stream().map(Specs::diskElement).toList()));
        }
        return Element.of("domainsnapshot", parts);
    }

    private DomainCommand command() {
        Optional<SnapshotName> wanted = name.map(n -> Texts.value(SnapshotName::new, n));
        return branch.<DomainCommand>map(from -> new DomainCommand.Branch(
                        Optional.of(Texts.value(SnapshotName::new, from)),
                        wanted,
                        description,
                        disks(),
                        current,
                        capture.reuseExternal(),
                        Optional.empty()))
                .orElseGet(() ->
                        capture.asWished(wanted, description, memory.map(new Specs.OfMemory()::convert), disks()));
    }

    private List<DiskRequest> disks() {
        return disks.stream().map(new Specs.OfDisk()::convert).toList();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        if (printXml) {
            print(document().print());
            return;
        }
        DomainId id = domain(api, domain);
        Done done = send(deadline, api, id, command());
        say(created(name, done));
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
