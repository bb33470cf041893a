package io.snapledger.query.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/** How an answer goes onto the wire. */
final class Sending {
    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    /** As the schema's mapper, but an absent value is a null that can be seen. */
    private static final ObjectMapper JSON = Json.strict()
            .copy()
            .setDefaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS));

    private Sending() {}

    static void send(Context context, Answer answer) {
        String content = content(answer);
        head(context, answer);
        if (answer.status() == OK) {
            EntityTag tag = EntityTag.of(answer.contentType(), content);
            context.header("ETag", tag.value());
            context.header("Cache-Control", "private, no-cache");
            if (tag.isIn(Optional.ofNullable(context.header("If-None-Match")))) {
                context.status(NOT_MODIFIED);
                return;
            }
        }
        context.contentType(answer.contentType());
        context.result(positioned(answer, content));
    }

    private static void head(Context context, Answer answer) {
        context.status(answer.status());
        answer.position().ifPresent(position -> context.header(Headers.POSITION, Long.toString(position)));
        answer.next().ifPresent(cursor -> context.header(Headers.NEXT, cursor));
        Headers.vary(context, "Accept");
        Headers.vary(context, "Accept-Encoding");
    }

    /** Past every buffer and packer, so that each word goes out at once; and cut off when it is not taken. */
    static void stream(Context context, Answer answer, Streamed body) throws IOException {
        head(context, answer);
        context.contentType(answer.contentType());
        context.header("Cache-Control", "no-store");
        context.header("X-Accel-Buffering", "no");
        if (context.method().equals(HandlerType.HEAD)) {
            return;
        }
        ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .setIdleTimeout(body.patience().toMillis());
        context.res().flushBuffer();
        body.write(context.res().getOutputStream());
    }

    /** What was begun and cannot be ended must not look whole. */
    static void breakOff(Context context, String why) {
        ServletContextRequest.getServletContextRequest(context.req())
                .getServletChannel()
                .abort(new IOException("broken off: " + why));
    }

    /** What the answer says, whenever. */
    private static String content(Answer answer) {
        if (answer.body() instanceof String text) {
            return text;
        }
        ObjectNode body = JSON.valueToTree(answer.body());
        body.remove("position");
        return json(body);
    }

    private static String positioned(Answer answer, String content) {
        return answer.body() instanceof String || answer.position().isEmpty()
                ? content
                : content.substring(0, content.length() - 1) + ",\"position\":"
                        + answer.position().getAsLong() + "}";
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer cannot be written as JSON", e);
        }
    }
}
