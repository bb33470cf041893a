package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.AS_OF;
import static io.snapledger.query.http.CommonParameters.CURRENT;
import static io.snapledger.query.http.CommonParameters.DOMAIN;
import static io.snapledger.query.http.CommonParameters.FROM;
import static io.snapledger.query.http.CommonParameters.PAGING;
import static io.snapledger.query.http.CommonParameters.SEARCH;
import static io.snapledger.query.http.CommonParameters.SNAPSHOT;
import static io.snapledger.query.http.CommonParameters.SORT;

import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.SnapshotQuestion;
import io.snapledger.query.read.TreeText;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.value.SnapshotName;
import java.util.Arrays;
import java.util.List;

/** Routes about the snapshots of one domain and their tree. */
final class SnapshotRoutes {
    private static final String XML = "application/xml";
    private static final String PLAIN = "text/plain";

    private final SnapshotQueries snapshots;

    private SnapshotRoutes(SnapshotQueries snapshots) {
        this.snapshots = snapshots;
    }

    static List<Route> of(SnapshotQueries queries) {
        SnapshotRoutes routes = new SnapshotRoutes(queries);
        String all = "/domains/{domain}/snapshots";
        return List.of(
                Route.question(all, SnapshotProjection.NAME, "The snapshots of a domain, filtered as libvirt does.")
                        .taking(DOMAIN)
                        .taking(filters())
                        .taking(
                                FROM,
                                CURRENT,
                                Parameter.flag("descendants", "With from or current: all below, not only children."),
                                Parameter.flag("topological", "Parents before their children, else by name."),
                                SORT)
                        .taking(SEARCH)
                        .taking(AS_OF)
                        .taking(PAGING)
                        .answering(Form.pageOf(SnapshotView.class))
                        .by(routes::list),
                Route.question(all + "/{name}", SnapshotProjection.NAME, "One snapshot.")
                        .taking(DOMAIN, SNAPSHOT)
                        .taking(AS_OF)
                        .answering(Form.of(SnapshotView.class), Form.text(XML))
                        .by(routes::one),
                Route.question(all + "/{name}/xml", SnapshotProjection.NAME, "One snapshot as <domainsnapshot>.")
                        .taking(DOMAIN, SNAPSHOT)
                        .taking(AS_OF)
                        .answering(Form.text(XML))
                        .by(routes::document),
                Route.question("/domains/{domain}/tree", SnapshotProjection.NAME, "The tree of a domain's snapshots.")
                        .taking(DOMAIN, FROM, CURRENT)
                        .taking(Parameter.oneOf("format", TreeFormat.class, "JSON, or the tree drawn as text."))
                        .taking(AS_OF)
                        .answering(Form.of(TreeView.class), Form.text(PLAIN))
                        .by(routes::tree));
    }

    static List<Parameter> filters() {
        return Arrays.stream(SnapshotFilter.values())
                .map(f -> Parameter.flag(
                        Words.of(f), "A filter: any of its group and all groups; see libvirt's snapshot-list."))
                .toList();
    }

    private Answer list(Parameters p) {
        return Answer.of(snapshots.list(
                p.path("domain"),
                new SnapshotQuestion(
                        p.search(),
                        p.start(),
                        p.flag("descendants"),
                        p.flag("topological"),
                        p.sort(),
                        p.limit(),
                        p.text("cursor"),
                        p.asOf())));
    }

    private Answer one(Parameters p) {
        return p.accepts(XML)
                ? document(p)
                : Answer.of(snapshots.one(p.path("domain"), new SnapshotName(p.path("name")), p.asOf()));
    }

    private Answer document(Parameters p) {
        var shown = snapshots.document(p.path("domain"), new SnapshotName(p.path("name")), p.asOf());
        return Answer.text(shown.value(), XML + "; charset=utf-8", shown.position());
    }

    private Answer tree(Parameters p) {
        TreeFormat format =
                p.choice("format", TreeFormat.class).orElse(p.accepts(PLAIN) ? TreeFormat.TEXT : TreeFormat.JSON);
        var shown = snapshots.tree(p.path("domain"), p.start(), p.asOf());
        return switch (format) {
            case JSON -> Answer.of(shown);
            case TEXT -> Answer.text(TreeText.of(shown.value()), PLAIN + "; charset=utf-8", shown.position());
        };
    }

    private enum TreeFormat {
        JSON,
        TEXT
    }
}
