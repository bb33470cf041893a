package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.GuestState;
import io.snapledger.schema.xml.ParseFlag;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Takes a snapshot as a document of libvirt's says; with {@code --redefine} makes one known that exists, with {@code
 * --branch} begins a second line of history.
 */
@Command(
        name = "snapshot-create",
        mixinStandardHelpOptions = true,
        description = "take a snapshot as a <domainsnapshot> document says")
final class SnapshotCreateVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "XMLFILE", description = "as --xmlfile")
    private Optional<Path> positional = Optional.empty();

    @Option(names = "--xmlfile", paramLabel = "FILE", description = "the document; without one nothing is asked for")
    private Optional<Path> named = Optional.empty();

    @Option(names = "--redefine", description = "make known what exists; nothing is done on the host")
    private boolean redefine;

    @Option(names = "--current", description = "with --redefine or --branch: make it current")
    private boolean current;

    @Option(names = "--branch", description = "branch from the snapshot that the document's <branch> names")
    private boolean branch;

    @Mixin
    private CaptureOptions capture = new CaptureOptions();

    @Option(names = "--validate", description = "refuse what libvirt's schema does not know")
    private boolean validate;

    @Override
    void check() {
        exclusive("XMLFILE", positional.isPresent(), "--xmlfile", named.isPresent());
        exclusive("--redefine", redefine, "--branch", branch);
        capture.notOfARedefinition().forEach((option, given) -> exclusive("--redefine", redefine, option, given));
        capture.notOfABranch().forEach((option, given) -> exclusive("--branch", branch, option, given));
        if (current && !redefine && !branch) {
            throw wrong("--current needs --redefine or --branch");
        }
        if (capture.quiesce() && !capture.diskOnly()) {
            throw wrong("--quiesce needs --disk-only");
        }
        if ((redefine || branch) && file().isEmpty()) {
            throw wrong((redefine ? "--redefine" : "--branch") + " needs a document; give --xmlfile FILE");
        }
    }

    private Optional<Path> file() {
        return named.or(() -> positional);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        Optional<String> document = file().map(SnapshotFile::text);
        Optional<DomainSnapshotXml> read = document.flatMap(d -> file().map(f -> SnapshotFile.read(f, d, flags())));
        read.ifPresent(this::requireState);
        Done done = send(deadline, api, domain(api, domain), command(document));
        Optional<String> name = read.flatMap(DomainSnapshotXml::name).map(SnapshotName::value);
        say(SnapshotCreateAsVerb.created(name, done)
                + file().map(f -> " from '" + f + "'").orElse(""));
    }

    private Set<ParseFlag> flags() {
        Set<ParseFlag> flags = EnumSet.of(ParseFlag.DISKS);
        if (redefine) {
            flags.add(ParseFlag.REDEFINE);
        }
        if (validate) {
            flags.add(ParseFlag.VALIDATE);
        }
        return flags;
    }

    /** libvirt's rule R6. */
    private void requireState(DomainSnapshotXml document) {
        if (redefine && capture.diskOnly() && !document.state().equals(Optional.of(GuestState.DISK_SNAPSHOT))) {
            throw new RefusedException("--disk-only with --redefine needs <state>disk-snapshot</state>, and it is "
                    + document.state().map(GuestState::word).orElse("missing"));
        }
    }

    /** virsh leaves {@code --halt} out of a redefinition; so do we. */
    private DomainCommand command(Optional<String> document) {
        if (redefine) {
            return new DomainCommand.RedefineSnapshot(document.orElseThrow(), current);
        }
        if (branch) {
            return new DomainCommand.Branch(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    current,
                    capture.reuseExternal(),
                    document);
        }
        return capture.asIn(document);
    }
}
