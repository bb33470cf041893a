package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Xen's {@code vm-snapshot-create}: the memory of a guest that runs and all its disks, inside the images. */
@Command(
        name = "vm-snapshot-create",
        mixinStandardHelpOptions = true,
        description = "take a snapshot of the whole machine inside its images: memory, if it runs, and disks")
final class VmSnapshotCreateVerb extends SendingVerb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(names = "-n", paramLabel = "NAME", description = "its name; the time in seconds when not given")
    private Optional<String> name = Optional.empty();

    @Override
    void check() {
        name.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    /** With every disk inside, memory that is not spoken of goes inside too where there is any. */
    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain);
        List<DiskRequest> disks = of.disks().stream()
                .filter(d -> !d.readOnly())
                .map(d -> DiskSnapshots.request(d.target(), CaptureMode.INTERNAL))
                .toList();
        Done done = send(deadline, api, of.id(), inside(name, disks, false));
        say("VM snapshot" + named(done, name) + " created");
    }

    static CreateSnapshot inside(Optional<String> name, List<DiskRequest> disks, boolean diskOnly) {
        return new CreateSnapshot(
                name.map(SnapshotName::new),
                Optional.empty(),
                Optional.empty(),
                disks,
                diskOnly,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    static String named(Done done, Optional<String> wished) {
        return done.snapshot()
                .map(SnapshotName::value)
                .or(() -> wished)
                .map(n -> " " + n)
                .orElse("");
    }
}
