package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.TagView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Xen's {@code disk-snapshot-list}: what is inside the images of the disks, whoever put it there. */
@Command(
        name = "disk-snapshot-list",
        mixinStandardHelpOptions = true,
        description =
                "what is inside the images of a domain's disks, of the ledger or foreign, as its host saw it last")
final class DiskSnapshotListVerb extends Verb {
    private static final List<String> HEADER =
            List.of("Disk", "Id", "Tag", "VM Size", "Date", "VM Clock", "Foreign", "File");

    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Mixin
    private DiskSnapshots.OnDisk on = new DiskSnapshots.OnDisk();

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        on.check();
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain, moment.parameters());
        DiskSnapshots inside = new DiskSnapshots(api, of, moment.parameters());
        Optional<DiskTarget> asked = on.disk().map(d -> DiskSnapshots.disk(of, Optional.of(d)));
        List<DiskTarget> disks = asked.map(List::of)
                .orElseGet(
                        () -> of.disks().stream().map(DomainView.Disk::target).toList());
        if (json()) {
            ArrayNode items = Json.strict().createArrayNode();
            disks.forEach(d -> inside.json(d).path("items").forEach(items::add));
            ObjectNode all = Json.strict().createObjectNode();
            all.set("items", items);
            print(all);
            return;
        }
        List<TagView> tags = new ArrayList<>();
        disks.forEach(d -> tags.addAll(inside.on(d)));
        out().print(table(tags));
        out().flush();
    }

    static String table(List<TagView> tags) {
        return Table.of(
                HEADER,
                tags.stream()
                        .map(t -> List.of(
                                t.target().value(),
                                Texts.plain(t.id()),
                                Texts.plain(t.tag()),
                                Texts.size(t.vmStateBytes()),
                                Texts.shown(t.createdAt()),
                                Texts.clock(t.vmClockNanos()),
                                t.foreign() ? "yes" : "no",
                                t.file().value()))
                        .toList());
    }
}
