package io.snapledger.query.http;

import io.snapledger.schema.query.Problem;
import io.snapledger.schema.value.Texts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Problems of requests that the server cannot read far enough to find out what is asked for. */
final class EarlyProblems implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String detail = Optional.ofNullable(request.getAttribute(ErrorHandler.ERROR_MESSAGE))
                .map(Object::toString)
                .orElseGet(() -> HttpStatus.getMessage(status));
        Problem problem = new Problem(
                "/problems/unreadable",
                "Cannot be read",
                status,
                "the request cannot be read: " + Texts.shortened(detail) + "; what there is begins with " + Route.API
                        + "/domains",
                Texts.shortened(
                        Optional.ofNullable(request.getHttpURI().getPath()).orElse("")));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.TYPE);
        response.write(true, ByteBuffer.wrap(Sending.json(problem).getBytes(StandardCharsets.UTF_8)), callback);
        return true;
    }
}
