package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.DOMAIN;
import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.OperationQueries;
import io.snapledger.query.read.Timelines;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.TimelineView;
import io.snapledger.schema.value.OperationId;
import java.util.List;

/** Routes about the work that commands gave to hosts. */
final class OperationRoutes {
    private OperationRoutes() {}

    static List<Route> of(OperationQueries operations, Timelines timelines) {
        return List.of(
                Route.question(
                                "/domains/{domain}/operations",
                                OperationProjection.NAME,
                                "The operations of a domain, the newest first.")
                        .taking(DOMAIN)
                        .taking(PAGING)
                        .answering(Form.pageOf(OperationView.class))
                        .by(p -> Answer.of(operations.list(p.path("domain"), p.limit(), p.text("cursor")))),
                Route.question("/operations/{id}", OperationProjection.NAME, "One operation, step by step.")
                        .taking(Parameter.path("id", "The operation, by its id."))
                        .answering(Form.of(OperationView.class))
                        .by(p -> Answer.of(operations.one(OperationId.parse(p.path("id"))))),
                Route.question(
                                "/operations/{id}/timeline",
                                OperationProjection.NAME,
                                "One operation from its command to the last step on its host, and what took it back.")
                        .taking(Parameter.path("id", "The operation, by its id."))
                        .answering(Form.of(TimelineView.class))
                        .by(p -> Answer.of(timelines.of(OperationId.parse(p.path("id"))))));
    }
}
