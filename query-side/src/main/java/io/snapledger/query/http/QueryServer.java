package io.snapledger.query.http;

import io.javalin.Javalin;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.page.WebPage;
import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.Deletions;
import io.snapledger.query.read.DiffQueries;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.FleetQueries;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.read.LayerQueries;
import io.snapledger.query.read.MomentQueries;
import io.snapledger.query.read.OperationQueries;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.TagQueries;
import io.snapledger.query.read.Timelines;
import io.snapledger.query.read.Views;
import io.snapledger.query.stream.Changes;
import io.snapledger.query.view.Arrivals;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;

/**
 * The query API (CONTRACT.md §5) on one port. Every answer says which position of the log it shows, every refusal is a
 * problem of RFC 9457. What it answers is declared, family by family, in the classes named …Routes.
 */
public final class QueryServer implements AutoCloseable {

    /** A name may hold any character but the slash, so that its encoding may look odd to a strict reader of URIs. */
    private static final UriCompliance NAMES_IN_PATHS =
            UriCompliance.from("RFC3986,AMBIGUOUS_PATH_ENCODING,AMBIGUOUS_PATH_PARAMETER");

    private final Changes changes;
    private final Javalin javalin;

    /**
     * Where to listen, and what is asked of clients.
     *
     * @param token what clients show as a bearer token; absent when none is asked for
     * @param patience the longest that a request waits for a position
     * @param origins whose pages may read the answers in a browser, beside our own
     * @param streaming how changes are told
     */
    public record Access(
            String host,
            int port,
            Optional<String> token,
            Duration patience,
            Set<String> origins,
            Streaming streaming) {
        public Access {
            origins = Set.copyOf(origins);
        }

        public Access(String host, int port, Optional<String> token, Duration patience) {
            this(host, port, token, patience, Set.of(), Streaming.USUAL);
        }
    }

    private QueryServer(
            Access access, List<Route> routes, Arrivals arrivals, Changes changes, PrometheusMeterRegistry metrics) {
        this.changes = changes;
        this.javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.startupWatcherEnabled = false;
            config.concurrency.useVirtualThreads = true;
            config.http.prefer405over404 = true;
            config.jetty.host = access.host();
            config.jetty.port = access.port();
            config.jetty.modifyHttpConfiguration(http -> {
                http.setUriCompliance(NAMES_IN_PATHS);
                http.setSendServerVersion(false);
            });
            config.jetty.modifyServletContextHandler(QueryServer::decodeNames);
            config.jetty.modifyServer(server -> server.setErrorHandler(new EarlyProblems()));
            new Endpoints(new Gate(access.token()), new Cors(access.origins()), access.patience(), arrivals, metrics)
                    .serve(config.routes, routes);
            new WebPage().addTo(config.routes);
            Problems.told(config.routes);
        });
    }

    private static void decodeNames(ServletContextHandler handler) {
        handler.getServletHandler().setDecodeAmbiguousURIs(true);
    }

    /** Listens from here on; ends {@code changes} when it is closed, since who listens would hold it up. */
    public static QueryServer start(
            Access access,
            Views views,
            LatestProgress progress,
            Projections projections,
            Arrivals arrivals,
            Changes changes,
            PrometheusMeterRegistry metrics) {
        DomainQueries domains = new DomainQueries(views);
        List<Route> routes = Stream.of(
                        DomainRoutes.of(domains, new TagQueries(views)),
                        SnapshotRoutes.of(new SnapshotQueries(views)),
                        OperationRoutes.of(
                                new OperationQueries(views, progress),
                                new Timelines(views, progress, projections::entry)),
                        FleetRoutes.of(new FleetQueries(views), new OperationQueries(views, progress)),
                        PastRoutes.of(new LayerQueries(views), new Deletions(views), new DiffQueries(views)),
                        MomentRoutes.of(new MomentQueries(views)),
                        AuditRoutes.of(new AuditQueries(views, projections::entry), access.streaming()),
                        StreamRoutes.of(changes, domains, access.streaming()),
                        ProjectionRoutes.of(projections),
                        HealthRoutes.of(projections, metrics))
                .flatMap(List::stream)
                .toList();
        QueryServer server = new QueryServer(
                access, OpenApi.described(routes, access.token().isPresent()), arrivals, changes, metrics);
        server.javalin.start();
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return javalin.port();
    }

    /** Every path that is listened for, with its parameters in braces. */
    Set<String> paths() {
        return javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(handler -> handler.endpoint.path)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void close() {
        changes.close();
        javalin.stop();
    }
}
