package io.snapledger.standalone.cli;

import io.snapledger.schema.query.DomainView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Xen's {@code disk-snapshot-apply}: a revert of one disk. */
@Command(
        name = "disk-snapshot-apply",
        mixinStandardHelpOptions = true,
        description = "bring one disk to its state inside the image; the guest is off afterwards")
final class DiskSnapshotApplyVerb extends SendingVerb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Mixin
    private DiskSnapshots.Which which = new DiskSnapshots.Which();

    @Mixin
    private DiskSnapshots.OnDisk on = new DiskSnapshots.OnDisk();

    @Override
    void check() {
        which.check(this);
        on.check();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain);
        DiskSnapshots.Found found = new DiskSnapshots(api, of).one(on.disk(), which, "apply");
        send(deadline, api, of.id(), VmSnapshotApplyVerb.to(found.snapshot()));
        say("Disk snapshot " + found.snapshot() + " of " + found.disk() + " applied");
    }
}
