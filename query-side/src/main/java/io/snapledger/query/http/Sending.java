package io.snapledger.query.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/** How an answer goes onto the wire. */
final class Sending {
    private static final String POSITION = "Snapledger-Position";

    /** The cursor of the next page, where the body has no place for it. */
    private static final String NEXT = "Snapledger-Next";

    /** As the schema's mapper, but an absent value is a null that can be seen. */
    private static final ObjectMapper JSON = Json.strict()
            .copy()
            .setDefaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS));

    private Sending() {}

    static void send(Context context, Answer answer) {
        head(context, answer);
        context.result(text(answer));
    }

    private static void head(Context context, Answer answer) {
        context.status(answer.status());
        answer.position().ifPresent(position -> context.header(POSITION, Long.toString(position)));
        context.contentType(answer.contentType());
        answer.next().ifPresent(cursor -> context.header(NEXT, cursor));
    }

    /** Past every buffer and packer, so that each word goes out at once; and cut off when it is not taken. */
    static void stream(Context context, Answer answer, Streamed body) throws IOException {
        head(context, answer);
        ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .setIdleTimeout(body.patience().toMillis());
        context.header("Cache-Control", "no-store");
        context.header("X-Accel-Buffering", "no");
        context.res().flushBuffer();
        body.write(context.res().getOutputStream());
    }

    private static String text(Answer answer) {
        if (answer.body() instanceof String text) {
            return text;
        }
        ObjectNode body = JSON.valueToTree(answer.body());
        answer.position().ifPresent(position -> body.put("position", position));
        return json(body);
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer cannot be written as JSON", e);
        }
    }
}
