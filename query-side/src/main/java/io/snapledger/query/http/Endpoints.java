package io.snapledger.query.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.view.Arrivals;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The declared routes as the server listens for them: what is the same for all of them is done here. */
final class Endpoints {
    private static final List<HandlerType> METHODS =
            List.of(HandlerType.GET, HandlerType.POST, HandlerType.PUT, HandlerType.PATCH, HandlerType.DELETE);
    private static final int NO_CONTENT = 204;

    private final Gate gate;
    private final Cors cors;
    private final Duration patience;
    private final Arrivals arrivals;
    private final PrometheusMeterRegistry metrics;

    Endpoints(Gate gate, Cors cors, Duration patience, Arrivals arrivals, PrometheusMeterRegistry metrics) {
        this.gate = gate;
        this.cors = cors;
        this.patience = patience;
        this.arrivals = arrivals;
        this.metrics = metrics;
    }

    void serve(RoutesConfig to, List<Route> routes) {
        to.before(cors::mark);
        Map<String, Set<HandlerType>> paths = new LinkedHashMap<>();
        for (Route route : routes) {
            serve(to, route)
                    .forEach(method -> paths.computeIfAbsent(route.path(), _ -> new LinkedHashSet<>())
                            .add(method));
        }
        paths.forEach((path, methods) -> others(to, path, methods));
    }

    private List<HandlerType> serve(RoutesConfig to, Route route) {
        Timer timer = Timer.builder("snapledger.query.answers")
                .description("answers of the query API")
                .tag("route", route.path())
                .publishPercentiles(0.5, 0.99)
                .register(metrics);
        List<HandlerType> methods = switch (route.method()) {
            case GET -> List.of(HandlerType.GET, HandlerType.HEAD);
            case POST -> List.of(HandlerType.POST);
        };
        methods.forEach(method -> to.addHttpHandler(method, route.path(), c -> serve(c, route, timer)));
        return methods;
    }

    /** The methods that a path does not have, and the question which it has. */
    private void others(RoutesConfig to, String path, Set<HandlerType> methods) {
        String allowed = Stream.concat(methods.stream(), Stream.of(HandlerType.OPTIONS))
                .map(HandlerType::name)
                .collect(Collectors.joining(", "));
        to.addHttpHandler(HandlerType.OPTIONS, path, context -> {
            context.header("Allow", allowed);
            cors.preflight(context, allowed);
            context.status(NO_CONTENT);
        });
        METHODS.stream()
                .filter(method -> !methods.contains(method))
                .forEach(method -> to.addHttpHandler(method, path, _ -> {
                    throw new MethodRefusedException(method.name() + " is not answered here; use " + allowed, allowed);
                }));
    }

    private void serve(Context context, Route route, Timer timer) throws IOException {
        long begun = System.nanoTime();
        Answer answer = answer(context, route);
        if (answer.body() instanceof Streamed streamed) {
            try (streamed) {
                Sending.stream(context, answer, streamed);
            }
        } else {
            Sending.send(context, answer);
            timer.record(Duration.ofNanos(System.nanoTime() - begun));
        }
    }

    private Answer answer(Context context, Route route) {
        List<String> offered = route.forms().stream().map(Form::mediaType).toList();
        return switch (route.access()) {
            case OPEN -> route.handler().answer(Parameters.any(context));
            case BY_TOKEN -> {
                gate.check(context);
                String chosen = Negotiation.choose(Optional.ofNullable(context.header("Accept")), offered);
                Parameters parameters = Parameters.of(context, route.known(), chosen);
                route.projection().ifPresent(projection -> awaitPosition(parameters, projection));
                yield route.handler().answer(parameters);
            }
        };
    }

    private void awaitPosition(Parameters parameters, String projection) {
        parameters.position(Parameters.AFTER).ifPresent(position -> {
            try {
                if (!arrivals.await(projection, position, patience)) {
                    throw new BehindException("position " + position + " was not applied within " + patience.toMillis()
                            + " ms; ask again, or see " + Route.API + "/projections");
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new BehindException("the query side is stopping; ask again");
            }
        });
    }
}
