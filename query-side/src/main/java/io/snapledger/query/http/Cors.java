package io.snapledger.query.http;

import io.javalin.http.Context;
import java.util.Optional;
import java.util.Set;

/**
 * Whose pages may read the answers in a browser. Nobody's but our own unless origins are configured; then only who asks
 * from one of them is told so.
 *
 * @param origins such as {@code https://ops.example.org}; {@code *} for any
 */
record Cors(Set<String> origins) {
    private static final String ANY = "*";
    private static final String A_DAY = "86400";

    Cors {
        origins = Set.copyOf(origins);
    }

    /** What a browser must see on every answer, to hand it to the page. */
    void mark(Context context) {
        if (origins.isEmpty()) {
            return;
        }
        Headers.vary(context, "Origin");
        allowed(context).ifPresent(origin -> {
            context.header("Access-Control-Allow-Origin", origin);
            context.header(
                    "Access-Control-Expose-Headers",
                    String.join(", ", "ETag", "WWW-Authenticate", Headers.POSITION, Headers.NEXT));
        });
    }

    /** Answers the question that a browser asks before it sends what a page wants. */
    void preflight(Context context, String methods) {
        if (context.header("Access-Control-Request-Method") != null
                && allowed(context).isPresent()) {
            context.header("Access-Control-Allow-Methods", methods);
            context.header("Access-Control-Allow-Headers", "Accept, Authorization, If-None-Match, Last-Event-ID");
            context.header("Access-Control-Max-Age", A_DAY);
        }
    }

    private Optional<String> allowed(Context context) {
        return Optional.ofNullable(context.header("Origin"))
                .filter(origin -> origins.contains(ANY) || origins.contains(origin));
    }
}
