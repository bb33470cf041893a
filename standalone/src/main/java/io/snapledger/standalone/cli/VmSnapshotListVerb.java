package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.query.SnapshotView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Xen's {@code vm-snapshot-list}: each of them can be applied. */
@Command(
        name = "vm-snapshot-list",
        mixinStandardHelpOptions = true,
        description = "the snapshots of a domain, oldest first: name and creation time")
final class VmSnapshotListVerb extends Verb {
    @Parameters(paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Override
    void run(Deadline deadline, QueryApi api) {
        ObjectNode all = api.all("/domains/" + QueryApi.segment(domain) + "/snapshots", Map.of(), Integer.MAX_VALUE);
        if (json()) {
            print(all);
            return;
        }
        List<SnapshotView> shown = new ArrayList<>();
        all.path("items").forEach(item -> shown.add(QueryApi.read(item, SnapshotView.class)));
        shown.sort(Comparator.comparing(SnapshotView::createdAt).thenComparing(SnapshotView::name));
        out().print(Table.of(
                List.of("Name", "Creation Time"),
                shown.stream()
                        .map(s -> List.of(s.name().value(), Texts.shown(s.createdAt())))
                        .toList()));
        out().flush();
    }
}
