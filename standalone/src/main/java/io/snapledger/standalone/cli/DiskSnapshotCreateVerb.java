package io.snapledger.standalone.cli;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Xen's {@code disk-snapshot-create}: one disk, inside its image. */
@Command(
        name = "disk-snapshot-create",
        mixinStandardHelpOptions = true,
        description = "take a snapshot of one disk inside its image")
final class DiskSnapshotCreateVerb extends SendingVerb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Option(names = "-n", paramLabel = "NAME", description = "its name; the time in seconds when not given")
    private Optional<String> name = Optional.empty();

    @Option(names = "--disk", paramLabel = "TARGET", description = "which disk; needed when there are several")
    private Optional<String> disk = Optional.empty();

    @Override
    void check() {
        name.ifPresent(n -> Texts.value(SnapshotName::new, n));
        disk.ifPresent(d -> Texts.value(DiskTarget::new, d));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain);
        DiskTarget target = DiskSnapshots.disk(of, disk);
        List<DiskRequest> disks = of.disks().stream()
                .map(DomainView.Disk::target)
                .map(t -> DiskSnapshots.request(t, t.equals(target) ? CaptureMode.INTERNAL : CaptureMode.NONE))
                .toList();
        Done done = send(deadline, api, of.id(), VmSnapshotCreateVerb.inside(name, disks, true));
        say("Disk snapshot" + VmSnapshotCreateVerb.named(done, name) + " of " + target + " created");
    }
}
