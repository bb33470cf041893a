package io.snapledger.query;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.axon.LogFeed;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.http.QueryServer;
import io.snapledger.query.kafka.ProgressReader;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.read.Views;
import io.snapledger.query.stream.Changes;
import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.config.Lifecycle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The running query side: projections that follow the log, and the API that shows them. Several may run on one database;
 * each entry is applied once.
 */
public final class QuerySide implements AutoCloseable {
    private static final int CONNECTIONS = 12;
    private static final Duration LONGEST_TRANSACTION = Duration.ofSeconds(30);
    private static final String ROWS = "db/views";

    private final Lifecycle lifecycle;
    private final QueryServer server;

    private QuerySide(Lifecycle lifecycle, QueryServer server) {
        this.lifecycle = lifecycle;
        this.server = server;
    }

    /**
     * Brings the read tables up to date, follows the log and listens.
     *
     * @throws io.snapledger.runtime.config.LifecycleException when a part cannot start; what runs is stopped by then
     */
    public static QuerySide start(QuerySideConfig config) {
        Lifecycle lifecycle = new Lifecycle("query side");
        Database owner = lifecycle.start("database", () -> database(config, "query-side", 1, Optional.empty()));
        lifecycle.start("tables", () -> migrated(owner));
        Database database = lifecycle.start(
                "projecting role", () -> database(config, "projections", CONNECTIONS, Optional.of(Roles.PROJECTOR)));
        Database readers = lifecycle.start(
                "reading role", () -> database(config, "questions", CONNECTIONS, Optional.of(Roles.READER)));
        LogSource source = lifecycle.start("log", () -> new LogSource(database));
        DSLContext sql = DSL.using(database.pool(), SQLDialect.POSTGRES);
        DSLContext asked = DSL.using(readers.pool(), SQLDialect.POSTGRES);
        Slots slots = new Slots(sql);
        Arrivals arrivals = new Arrivals(slots);
        LogFeed feed = new LogFeed(source, database.pool());
        Projections projections = lifecycle.start(
                "projections",
                () -> Projections.start(
                        feed,
                        slots,
                        arrivals,
                        List.of(new SnapshotProjection(), new OperationProjection(), new AuditProjection())));
        PrometheusMeterRegistry metrics = metrics(projections);
        lifecycle.onStop("metrics", metrics::close);
        LatestProgress progress = new LatestProgress();
        config.kafka()
                .ifPresent(kafka -> lifecycle.start(
                        "progress", () -> ProgressReader.start(kafka.access().client(), kafka.topics(), progress)));
        Changes changes =
                lifecycle.start("changes", () -> Changes.start(feed, slots, arrivals, progress, config.listeners()));
        QueryServer server = lifecycle.start(
                "HTTP",
                () -> QueryServer.start(
                        config.access(), new Views(asked), progress, projections, arrivals, changes, metrics));
        return new QuerySide(lifecycle, server);
    }

    private static AutoCloseable migrated(Database database) {
        database.migrate("views", "db/projections");
        database.migrate(Slots.Slot.A.schema(), ROWS);
        database.migrate(Slots.Slot.B.schema(), ROWS);
        Roles.grant(database.pool());
        return () -> {};
    }

    private static Database database(QuerySideConfig config, String name, int connections, Optional<String> role) {
        return new Database(name, config.databaseUrl(), connections, LONGEST_TRANSACTION, role);
    }

    private static PrometheusMeterRegistry metrics(Projections projections) {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        for (String name : projections.names()) {
            Gauge.builder("snapledger.projection.lag", projections, p -> p.lag(name))
                    .description("positions of the log that readers do not see yet")
                    .tag("projection", name)
                    .register(metrics);
        }
        return metrics;
    }

    /** The port that the API listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
