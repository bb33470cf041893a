package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.AS_OF;
import static io.snapledger.query.http.CommonParameters.DOMAIN;
import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.MomentQueries;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.MomentView;
import java.util.List;

/** The route to the moments as of which a domain can be asked about. */
final class MomentRoutes {
    private MomentRoutes() {}

    static List<Route> of(MomentQueries moments) {
        return List.of(Route.question(
                        "/domains/{domain}/moments",
                        SnapshotProjection.NAME,
                        "The moments at which a domain changed, up to the one asked for, the last one first.")
                .taking(DOMAIN)
                .taking(AS_OF)
                .taking(PAGING)
                .answering(Form.pageOf(MomentView.class))
                .by(p -> Answer.of(moments.list(p.path("domain"), p.limit(), p.text("cursor"), p.asOf()))));
    }
}
