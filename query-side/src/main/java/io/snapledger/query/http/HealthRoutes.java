package io.snapledger.query.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.axon.Projections;
import io.snapledger.schema.query.ProjectionView;
import java.util.List;
import java.util.Optional;

/** Routes for whoever watches over the service. */
final class HealthRoutes {
    private static final String PLAIN = "text/plain";

    private HealthRoutes() {}

    static List<Route> of(Projections projections, PrometheusMeterRegistry metrics) {
        return List.of(
                Route.open("/livez", "Whether the process lives.")
                        .answering(Form.text(PLAIN))
                        .by(_ -> Answer.text("alive\n", PLAIN)),
                Route.open("/readyz", "Whether every projection goes on.")
                        .answering(Form.text(PLAIN))
                        .by(_ -> ready(projections)),
                Route.open("/metrics", "Figures for Prometheus.")
                        .answering(Form.text(PLAIN))
                        .by(_ -> Answer.text(metrics.scrape(), PLAIN + "; version=0.0.4")));
    }

    private static Answer ready(Projections projections) {
        Optional<ProjectionView> failed = projections.all().stream()
                .filter(p -> p.state() == ProjectionView.State.FAILED)
                .findFirst();
        failed.ifPresent(p -> {
            throw new NotReadyException("projection " + p.name() + " cannot go on"
                    + p.failure()
                            .map(f -> " past position " + f.position() + ": " + f.message())
                            .orElse(""));
        });
        return Answer.text("ready\n", PLAIN);
    }
}
