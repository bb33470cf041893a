package io.snapledger.query.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.AuditQuestion;
import io.snapledger.query.read.BadQuestionException;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.read.NotFoundException;
import io.snapledger.query.read.OperationQueries;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.SnapshotQuestion;
import io.snapledger.query.read.TagQueries;
import io.snapledger.query.read.TreeText;
import io.snapledger.query.read.Views;
import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.Outage;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.Problem;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The query API (CONTRACT.md §5) on one port. Every answer says which position of the log it shows, every refusal is a
 * problem of RFC 9457.
 */
public final class QueryServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueryServer.class);
    private static final String API = "/api/v1";
    private static final String POSITION = "Snapledger-Position";

    /** The cursor of the next page, where the body has no place for it. */
    private static final String NEXT = "Snapledger-Next";

    /** As the schema's mapper, but an absent value is a null that can be seen. */
    private static final ObjectMapper JSON = Json.strict()
            .copy()
            .setDefaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS));

    /** A name may hold any character but the slash, so that its encoding may look odd to a strict reader of URIs. */
    private static final UriCompliance NAMES_IN_PATHS =
            UriCompliance.from("RFC3986,AMBIGUOUS_PATH_ENCODING,AMBIGUOUS_PATH_PARAMETER");

    private final DomainQueries domains;
    private final SnapshotQueries snapshots;
    private final TagQueries tags;
    private final OperationQueries operations;
    private final AuditQueries audit;
    private final Projections projections;
    private final Arrivals arrivals;
    private final PrometheusMeterRegistry metrics;
    private final Access access;
    private final Javalin javalin;

    /**
     * Where to listen, and what is asked of clients.
     *
     * @param token what clients show as a bearer token; absent when none is asked for
     * @param patience the longest that a request waits for a position
     */
    public record Access(String host, int port, Optional<String> token, Duration patience) {}

    /** Answers one kind of question. */
    @FunctionalInterface
    private interface Route {
        Answer answer(Parameters parameters);
    }

    private QueryServer(
            Access access,
            Views views,
            LatestProgress progress,
            Projections projections,
            Arrivals arrivals,
            PrometheusMeterRegistry metrics) {
        this.access = access;
        this.domains = new DomainQueries(views);
        this.snapshots = new SnapshotQueries(views);
        this.tags = new TagQueries(views);
        this.operations = new OperationQueries(views, progress);
        this.audit = new AuditQueries(views);
        this.projections = projections;
        this.arrivals = arrivals;
        this.metrics = metrics;
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
            routes(config.routes);
        });
    }

    private static void decodeNames(ServletContextHandler handler) {
        handler.getServletHandler().setDecodeAmbiguousURIs(true);
    }

    /** Listens from here on. */
    public static QueryServer start(
            Access access,
            Views views,
            LatestProgress progress,
            Projections projections,
            Arrivals arrivals,
            PrometheusMeterRegistry metrics) {
        QueryServer server = new QueryServer(access, views, progress, projections, arrivals, metrics);
        server.javalin.start();
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        javalin.stop();
    }

    private void routes(RoutesConfig routes) {
        Set<String> asOf = Parameters.AS_OF;
        String domain = API + "/domains/{domain}";
        get(routes, API + "/domains", SnapshotProjection.NAME, Set.of("limit", "cursor"), this::domains);
        get(routes, domain, SnapshotProjection.NAME, asOf, this::domain);
        get(routes, domain + "/snapshots", SnapshotProjection.NAME, ofSnapshots(), this::snapshots);
        get(routes, domain + "/snapshots/{name}", SnapshotProjection.NAME, asOf, this::snapshot);
        get(routes, domain + "/snapshots/{name}/xml", SnapshotProjection.NAME, asOf, this::document);
        get(
                routes,
                domain + "/disks/{target}/snapshots",
                SnapshotProjection.NAME,
                and(asOf, "limit", "cursor"),
                this::tags);
        get(routes, domain + "/tree", SnapshotProjection.NAME, and(asOf, "format", "from", "current"), this::tree);
        get(routes, domain + "/operations", OperationProjection.NAME, Set.of("limit", "cursor"), this::operations);
        get(routes, API + "/operations/{id}", OperationProjection.NAME, Set.of(), this::operation);
        get(routes, API + "/audit", AuditProjection.NAME, ofAudit(), this::audit);
        get(routes, API + "/projections", SnapshotProjection.NAME, Set.of(), _ -> projections());
        get(routes, API + "/stream", SnapshotProjection.NAME, Set.of(), _ -> withoutStream());
        get(routes, "/openapi.json", SnapshotProjection.NAME, Set.of(), _ -> withoutDescription());
        get(routes, "/", SnapshotProjection.NAME, Set.of(), _ -> withoutPage());
        routes.post(API + "/projections/{name}/replay", c -> begin(c, projections::replay));
        routes.post(API + "/projections/{name}/retry", c -> begin(c, projections::retry));
        routes.get("/livez", context -> context.contentType("text/plain").result("alive\n"));
        routes.get("/readyz", this::ready);
        routes.get(
                "/metrics",
                context -> context.contentType("text/plain; version=0.0.4").result(metrics.scrape()));
        problems(routes);
    }

    private static Set<String> and(Set<String> names, String... more) {
        return Stream.concat(names.stream(), Arrays.stream(more)).collect(Collectors.toUnmodifiableSet());
    }

    private static Set<String> ofSnapshots() {
        Set<String> filters =
                Arrays.stream(SnapshotFilter.values()).map(Words::of).collect(Collectors.toUnmodifiableSet());
        return and(
                and(filters, "topological", "descendants", "from", "current", "name", "limit", "cursor"),
                Parameters.AS_OF.toArray(String[]::new));
    }

    private static Set<String> ofAudit() {
        return Set.of(
                "domain",
                "snapshot",
                "actor",
                "source",
                "type",
                "outcome",
                "from",
                "to",
                "correlation",
                "limit",
                "cursor");
    }

    private void get(RoutesConfig routes, String path, String projection, Set<String> known, Route route) {
        Timer timer = Timer.builder("snapledger.query.answers")
                .description("answers of the query API")
                .tag("route", path)
                .publishPercentiles(0.5, 0.99)
                .register(metrics);
        routes.get(path, context -> {
            long begun = System.nanoTime();
            requireToken(context);
            Parameters parameters = Parameters.of(context, known);
            awaitPosition(parameters, projection);
            send(context, route.answer(parameters));
            timer.record(Duration.ofNanos(System.nanoTime() - begun));
        });
    }

    private void awaitPosition(Parameters parameters, String projection) {
        parameters.position(Parameters.AFTER).ifPresent(position -> {
            try {
                if (!arrivals.await(projection, position, access.patience())) {
                    throw new BehindException("position " + position + " was not applied within "
                            + access.patience().toMillis() + " ms; ask again, or see " + API + "/projections");
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new BehindException("the query side is stopping; ask again");
            }
        });
    }

    private void requireToken(Context context) {
        access.token().ifPresent(token -> {
            String shown = Optional.ofNullable(context.header("Authorization")).orElse("");
            byte[] wanted = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
            if (!MessageDigest.isEqual(wanted, shown.getBytes(StandardCharsets.UTF_8))) {
                throw new RefusedException(
                        "no token, or another one than is wanted; send it as Authorization: Bearer …");
            }
        });
    }

    private static void send(Context context, Answer answer) {
        context.status(answer.status());
        context.header(POSITION, Long.toString(answer.position()));
        context.contentType(answer.contentType());
        answer.next().ifPresent(cursor -> context.header(NEXT, cursor));
        if (answer.body() instanceof String text) {
            context.result(text);
            return;
        }
        ObjectNode body = JSON.valueToTree(answer.body());
        body.put("position", answer.position());
        context.result(json(body));
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer cannot be written as JSON", e);
        }
    }

    private Answer domains(Parameters p) {
        return Answer.of(domains.list(p.limit(), p.text("cursor")));
    }

    private Answer domain(Parameters p) {
        return Answer.of(domains.one(p.path("domain"), p.asOf()));
    }

    private Answer snapshots(Parameters p) {
        return Answer.of(snapshots.list(
                p.path("domain"),
                new SnapshotQuestion(
                        p.filters(),
                        p.start(),
                        p.flag("descendants"),
                        p.snapshot("name"),
                        p.flag("topological"),
                        p.limit(),
                        p.text("cursor"),
                        p.asOf())));
    }

    private Answer snapshot(Parameters p) {
        if (p.accepts("application/xml")) {
            return document(p);
        }
        return Answer.of(snapshots.one(p.path("domain"), new SnapshotName(p.path("name")), p.asOf()));
    }

    private Answer tags(Parameters p) {
        return Answer.of(
                tags.list(p.path("domain"), new DiskTarget(p.path("target")), p.limit(), p.text("cursor"), p.asOf()));
    }

    private Answer document(Parameters p) {
        var shown = snapshots.document(p.path("domain"), new SnapshotName(p.path("name")), p.asOf());
        return Answer.text(shown.value(), "application/xml; charset=utf-8", shown.position());
    }

    private static Answer withoutStream() {
        throw new UnsupportedException("changes are not streamed over HTTP yet; ask for " + API
                + "/audit, or read the topic snapledger.events");
    }

    private static Answer withoutDescription() {
        throw new UnsupportedException(
                "the API does not describe itself yet; what there is begins with " + API + "/domains");
    }

    private static Answer withoutPage() {
        throw new UnsupportedException("there is no web page yet; what there is begins with " + API + "/domains");
    }

    private Answer tree(Parameters p) {
        Optional<TreeFormat> format = p.choice("format", TreeFormat.class);
        var shown = snapshots.tree(p.path("domain"), p.start(), p.asOf());
        TreeView tree = shown.value();
        return switch (format.orElse(TreeFormat.JSON)) {
            case JSON -> Answer.of(shown);
            case TEXT -> Answer.text(TreeText.of(tree), "text/plain; charset=utf-8", shown.position());
        };
    }

    private enum TreeFormat {
        JSON,
        TEXT
    }

    private Answer operations(Parameters p) {
        return Answer.of(operations.list(p.path("domain"), p.limit(), p.text("cursor")));
    }

    private Answer operation(Parameters p) {
        return Answer.of(operations.one(OperationId.parse(p.path("id"))));
    }

    private Answer audit(Parameters p) {
        Page<AuditView> page = audit.list(new AuditQuestion(
                p.text("domain"),
                p.snapshot("snapshot"),
                p.text("actor"),
                p.text("source"),
                p.text("type"),
                p.choice("outcome", AuditView.Outcome.class),
                p.time("from"),
                p.time("to"),
                p.text("correlation"),
                p.limit(),
                p.text("cursor")));
        return p.accepts(AuditCsv.TYPE)
                ? Answer.text(AuditCsv.of(page.items()), AuditCsv.TYPE + "; charset=utf-8", page.position())
                        .with(page.next())
                : Answer.of(page);
    }

    private Answer projections() {
        List<ProjectionView> all = projections.all();
        long shown = all.stream().mapToLong(ProjectionView::position).min().orElse(0);
        return Answer.of(new Page<>(all, Optional.empty(), shown));
    }

    private void begin(Context context, Function<String, Optional<ProjectionView>> work) {
        requireToken(context);
        String name = context.pathParam("name");
        ProjectionView begun = work.apply(name)
                .orElseThrow(() -> new NotFoundException("projection \"" + Texts.shortened(name)
                        + "\" is not known; give one of " + String.join(", ", projections.names())));
        send(context, new Answer(202, begun, Answer.JSON, Optional.empty(), begun.position()));
    }

    private void ready(Context context) {
        List<ProjectionView> all = projections.all();
        Optional<ProjectionView> failed = all.stream()
                .filter(p -> p.state() == ProjectionView.State.FAILED)
                .findFirst();
        if (failed.isPresent()) {
            problem(
                    context,
                    503,
                    "notReady",
                    "Not ready",
                    "projection " + failed.get().name() + " cannot go on"
                            + failed.get()
                                    .failure()
                                    .map(f -> " past position " + f.position() + ": " + f.message())
                                    .orElse(""));
        } else {
            context.contentType("text/plain").result("ready\n");
        }
    }

    private static void problems(RoutesConfig routes) {
        routes.exception(NotFoundException.class, (e, c) -> problem(c, 404, "notFound", "Not found", message(e)));
        routes.exception(
                BadQuestionException.class, (e, c) -> problem(c, 400, "badQuestion", "Bad question", message(e)));
        routes.exception(
                InvalidValueException.class, (e, c) -> problem(c, 400, "badQuestion", "Bad question", message(e)));
        routes.exception(
                UnsupportedException.class, (e, c) -> problem(c, 501, "unsupported", "Not there yet", message(e)));
        routes.exception(BehindException.class, (e, c) -> problem(c, 503, "behind", "Not applied yet", message(e)));
        routes.exception(RefusedException.class, (e, c) -> {
            c.header("WWW-Authenticate", "Bearer");
            problem(c, 401, "notPermitted", "Not permitted", message(e));
        });
        routes.exception(
                HttpResponseException.class,
                (e, c) -> problem(c, e.getStatus(), "http", "Cannot be answered", routeProblem(e, c)));
        routes.exception(Exception.class, QueryServer::unexpected);
    }

    private static String routeProblem(HttpResponseException e, Context context) {
        return context.method() + " " + Texts.shortened(context.path()) + ": " + message(e)
                + "; what there is begins with " + API + "/domains";
    }

    private static void unexpected(Exception e, Context context) {
        if (Outage.is(e)) {
            LOG.warn("the database does not answer", e);
            problem(context, 503, "databaseAway", "Database out of reach", "the database does not answer; ask again");
        } else {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            problem(context, 500, "internalError", "Internal error", "this is a fault of ours; it is in the log");
        }
    }

    private static String message(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse("");
    }

    private static void problem(Context context, int status, String type, String title, String detail) {
        context.status(status);
        context.contentType("application/problem+json");
        context.result(json(new Problem("/problems/" + type, title, status, detail, context.path())));
    }
}
