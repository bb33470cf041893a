package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.AS_OF;
import static io.snapledger.query.http.CommonParameters.DOMAIN;
import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.Deletions;
import io.snapledger.query.read.DiffQueries;
import io.snapledger.query.read.LayerQueries;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.DeletedSnapshotView;
import io.snapledger.schema.query.DiffView;
import io.snapledger.schema.query.LayersView;
import java.util.List;

/** Routes about the files of a domain and about what it was. */
final class PastRoutes {
    private PastRoutes() {}

    static List<Route> of(LayerQueries layers, Deletions deletions, DiffQueries diffs) {
        return List.of(
                Route.question(
                                "/domains/{domain}/layers",
                                SnapshotProjection.NAME,
                                "The files of a domain: its disks' layers as a graph, and saved memories.")
                        .taking(DOMAIN)
                        .taking(AS_OF)
                        .answering(Form.of(LayersView.class))
                        .by(p -> Answer.of(layers.all(p.path("domain"), p.asOf()))),
                Route.question(
                                "/domains/{domain}/deleted",
                                SnapshotProjection.NAME,
                                "The snapshots that a domain has no more, the last one first: who deleted them, when and why.")
                        .taking(DOMAIN)
                        .taking(AS_OF)
                        .taking(PAGING)
                        .answering(Form.pageOf(DeletedSnapshotView.class))
                        .by(p -> Answer.of(deletions.list(p.path("domain"), p.limit(), p.text("cursor"), p.asOf()))),
                Route.question(
                                "/domains/{domain}/diff",
                                SnapshotProjection.NAME,
                                "What is otherwise with a domain at one moment than at another; each is now unless told.")
                        .taking(DOMAIN)
                        .taking(
                                Parameter.time("from", "The first moment, as a time."),
                                whole("fromSequence", "The first moment, as an event of the domain."),
                                whole("fromPosition", "The first moment, as a position of the log."),
                                Parameter.time("to", "The second moment, as a time."),
                                whole("toSequence", "The second moment, as an event of the domain."),
                                whole("toPosition", "The second moment, as a position of the log."))
                        .answering(Form.of(DiffView.class))
                        .by(p -> Answer.of(diffs.between(
                                p.path("domain"),
                                p.moment("from", "fromSequence", "fromPosition"),
                                p.moment("to", "toSequence", "toPosition")))));
    }

    private static Parameter whole(String name, String meaning) {
        return Parameter.whole(name, 0, Long.MAX_VALUE, meaning);
    }
}
