package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.query.DomainView;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Xen's {@code disk-snapshot-delete}. */
@Command(
        name = "disk-snapshot-delete",
        mixinStandardHelpOptions = true,
        description = "delete a snapshot of one disk, with its state inside the image")
final class DiskSnapshotDeleteVerb extends SendingVerb {
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
        DiskSnapshots.Found found = new DiskSnapshots(api, of).one(on.disk(), which, "delete");
        send(deadline, api, of.id(), new Delete(found.snapshot(), Optional.empty(), false, false));
        say("Disk snapshot " + found.snapshot() + " of " + found.disk() + " deleted");
    }
}
