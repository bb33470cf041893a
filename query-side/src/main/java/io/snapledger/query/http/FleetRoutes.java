package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.AS_OF_ALL;
import static io.snapledger.query.http.CommonParameters.HOST;
import static io.snapledger.query.http.CommonParameters.PAGING;
import static io.snapledger.query.http.CommonParameters.SEARCH;
import static io.snapledger.query.http.CommonParameters.SORT;

import io.snapledger.query.read.FleetQueries;
import io.snapledger.query.read.FleetQuestion;
import io.snapledger.query.read.OperationQueries;
import io.snapledger.query.read.OperationQuestion;
import io.snapledger.query.read.Sort;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.SnapshotView;
import java.util.List;

/** Routes about a host or the whole fleet. */
final class FleetRoutes {
    private static final Parameter OF_DOMAIN = Parameter.text("domain", "Of this domain, by its name or its id.");

    private final FleetQueries fleet;
    private final OperationQueries operations;

    private FleetRoutes(FleetQueries fleet, OperationQueries operations) {
        this.fleet = fleet;
        this.operations = operations;
    }

    static List<Route> of(FleetQueries fleet, OperationQueries operations) {
        FleetRoutes routes = new FleetRoutes(fleet, operations);
        return List.of(
                Route.question(
                                "/snapshots",
                                SnapshotProjection.NAME,
                                "The snapshots of all domains, the newest first unless sorted otherwise.")
                        .taking(HOST, OF_DOMAIN)
                        .taking(SnapshotRoutes.filters())
                        .taking(SEARCH)
                        .taking(SORT)
                        .taking(AS_OF_ALL)
                        .taking(PAGING)
                        .answering(Form.pageOf(SnapshotView.class))
                        .by(routes::snapshots),
                Route.question(
                                "/operations",
                                OperationProjection.NAME,
                                "The operations of all domains, the newest first.")
                        .taking(
                                HOST,
                                OF_DOMAIN,
                                Parameter.oneOf("state", OperationState.class, "Only those that are so far."))
                        .taking(PAGING)
                        .answering(Form.pageOf(OperationView.class))
                        .by(routes::operations));
    }

    private Answer snapshots(Parameters p) {
        return Answer.of(fleet.snapshots(new FleetQuestion(
                p.search(),
                p.host(),
                p.text("domain"),
                p.sort().orElse(Sort.NEWEST_FIRST),
                p.limit(),
                p.text("cursor"),
                p.asOf())));
    }

    private Answer operations(Parameters p) {
        return Answer.of(operations.all(new OperationQuestion(
                p.text("domain"), p.host(), p.choice("state", OperationState.class), p.limit(), p.text("cursor"))));
    }
}
