package io.snapledger.query.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.snapledger.query.axon.NoReplayException;
import io.snapledger.query.read.BadQuestionException;
import io.snapledger.query.read.NotFoundException;
import io.snapledger.query.stream.TooManyListenersException;
import io.snapledger.query.view.Outage;
import io.snapledger.schema.query.Problem;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.Texts;
import java.util.Optional;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told when there is no answer: the problem details of RFC 9457. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    static final String TYPE = "application/problem+json";

    private Problems() {}

    static void told(RoutesConfig routes) {
        routes.exception(NotFoundException.class, (e, c) -> tell(c, 404, "notFound", "Not found", message(e)));
        routes.exception(BadQuestionException.class, (e, c) -> tell(c, 400, "badQuestion", "Bad question", message(e)));
        routes.exception(
                InvalidValueException.class, (e, c) -> tell(c, 400, "badQuestion", "Bad question", message(e)));
        routes.exception(NoReplayException.class, (e, c) -> tell(c, 409, "noReplay", "No replay", message(e)));
        routes.exception(BehindException.class, (e, c) -> tell(c, 503, "behind", "Not applied yet", message(e)));
        routes.exception(NotReadyException.class, (e, c) -> tell(c, 503, "notReady", "Not ready", message(e)));
        routes.exception(
                TooManyListenersException.class, (e, c) -> tell(c, 503, "tooMany", "Too many listen", message(e)));
        routes.exception(EofException.class, (e, _) -> LOG.debug("a client went away", e));
        routes.exception(
                NotAcceptableException.class, (e, c) -> tell(c, 406, "notAcceptable", "Not acceptable", message(e)));
        routes.exception(MethodRefusedException.class, (e, c) -> {
            c.header("Allow", e.allowed());
            tell(c, 405, "methodRefused", "Method not allowed", message(e));
        });
        routes.exception(RefusedException.class, (e, c) -> {
            c.header("WWW-Authenticate", "Bearer");
            tell(c, 401, "notPermitted", "Not permitted", message(e));
        });
        routes.exception(
                HttpResponseException.class,
                (e, c) -> tell(c, e.getStatus(), "http", "Cannot be answered", routeProblem(e, c)));
        routes.exception(Exception.class, Problems::unexpected);
    }

    private static String routeProblem(HttpResponseException e, Context context) {
        return context.method() + " " + Texts.shortened(context.path()) + ": " + message(e)
                + "; what there is begins with " + Route.API + "/domains";
    }

    private static void unexpected(Exception e, Context context) {
        if (Outage.is(e)) {
            LOG.warn("the database does not answer", e);
            tell(context, 503, "databaseAway", "Database out of reach", "the database does not answer; ask again");
        } else {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            tell(context, 500, "internalError", "Internal error", "this is a fault of ours; it is in the log");
        }
    }

    private static String message(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse("");
    }

    private static void tell(Context context, int status, String type, String title, String detail) {
        if (context.res().isCommitted()) {
            Sending.breakOff(context, detail);
            return;
        }
        context.status(status);
        context.contentType(TYPE);
        context.result(Sending.json(new Problem("/problems/" + type, title, status, detail, context.path())));
    }
}
