package io.snapledger.query.http;

import io.javalin.http.Context;
import java.util.Optional;

/** Headers of our answers. */
final class Headers {
    static final String POSITION = "Snapledger-Position";

    /** The cursor of the next page, where the body has no place for it. */
    static final String NEXT = "Snapledger-Next";

    private static final String VARY = "Vary";

    private Headers() {}

    /** Says that another value of that header may get another answer. */
    static void vary(Context context, String header) {
        String before = Optional.ofNullable(context.res().getHeader(VARY)).orElse("");
        context.header(VARY, before.isEmpty() ? header : before + ", " + header);
    }
}
