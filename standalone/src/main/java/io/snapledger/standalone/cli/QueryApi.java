package io.snapledger.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The query API (CONTRACT.md §5) as a client sees it.
 *
 * <p>A refusal is a {@link RefusedException} with the service's own sentence; no answer within the deadline is an {@link
 * OutOfReachException}.
 */
final class QueryApi implements AutoCloseable {
    private static final int PAGE = 1000;
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI url;
    private final Optional<String> token;
    private final Deadline deadline;
    private final HttpClient http;

    QueryApi(URI url, Optional<String> token, Deadline deadline) {
        this.url = url;
        this.token = token;
        this.deadline = deadline;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(deadline.left(CONNECT))
                .build();
    }

    /** The domain that has this name or this id. */
    DomainView domain(String nameOrId) {
        return domain(nameOrId, Map.of());
    }

    /** As it was at a moment, which is given as the query API takes it. */
    DomainView domain(String nameOrId, Map<String, String> moment) {
        return read(get("/domains/" + segment(nameOrId), moment), DomainView.class);
    }

    /** @param path below {@code /api/v1}, each part already in the form that {@link #segment} gives */
    JsonNode get(String path, Map<String, String> parameters) {
        Answer answer = ask(path, parameters);
        if (answer.status() == 200) {
            return answer.body();
        }
        throw refusal(answer);
    }

    /** Begins what the path names, without a body. */
    JsonNode post(String path) {
        Answer answer = answer(response("POST", path, Map.of(), "application/json"));
        if (answer.status() == 200 || answer.status() == 202) {
            return answer.body();
        }
        throw refusal(answer);
    }

    private static RuntimeException refusal(Answer answer) {
        return answer.status() == 502 || answer.status() == 503 || answer.status() == 504
                ? new OutOfReachException("the query API cannot answer now: " + answer.detail())
                : new RefusedException(answer.detail());
    }

    /** What is answered as text in place of JSON. */
    String text(String path, Map<String, String> parameters) {
        HttpResponse<byte[]> response = response(path, parameters, "*/*");
        if (response.statusCode() == 200) {
            return new String(response.body(), StandardCharsets.UTF_8);
        }
        throw refusal(answer(response));
    }

    /**
     * Writes what is answered as text while it comes, however much that is.
     *
     * @throws OutOfReachException when it breaks off, or nothing comes for as long as the patience is
     */
    void write(String path, Map<String, String> parameters, String type, PrintWriter out, Duration patience) {
        try {
            HttpResponse<Object> response = sent(
                    "GET",
                    path,
                    parameters,
                    type,
                    head -> head.statusCode() == 200
                            ? as(new Download())
                            : as(HttpResponse.BodySubscribers.ofByteArray()));
            if (response.body() instanceof Download download) {
                download.writeTo(out, patience);
            } else {
                throw refusal(answer(response.statusCode(), (byte[]) response.body()));
            }
        } catch (IOException e) {
            throw new OutOfReachException("the answer of the query API at " + url + " is not whole: " + said(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutOfReachException("interrupted while the query API answered", e);
        }
    }

    private static HttpResponse.BodySubscriber<Object> as(HttpResponse.BodySubscriber<?> subscriber) {
        return HttpResponse.BodySubscribers.mapping(subscriber, body -> body);
    }

    /** As {@link #get}, empty when there is no such thing. */
    Optional<JsonNode> find(String path) {
        Answer answer = ask(path, Map.of());
        return switch (answer.status()) {
            case 200 -> Optional.of(answer.body());
            case 404 -> Optional.empty();
            default -> throw refusal(answer);
        };
    }

    /** All pages of a list as one, up to a number of items. */
    ObjectNode all(String path, Map<String, String> parameters, int most) {
        ArrayNode items = Json.strict().createArrayNode();
        Map<String, String> asked = new LinkedHashMap<>(parameters);
        asked.put("limit", Integer.toString(Math.min(most, PAGE)));
        JsonNode page = get(path, asked);
        page.path("items").forEach(items::add);
        while (items.size() < most && page.path("next").isTextual()) {
            asked.put("cursor", page.path("next").textValue());
            asked.put("limit", Integer.toString(Math.min(most - items.size(), PAGE)));
            page = get(path, asked);
            page.path("items").forEach(items::add);
        }
        ObjectNode all = Json.strict().createObjectNode();
        all.set("items", items);
        all.set("next", page.path("next"));
        all.set("position", page.path("position"));
        return all;
    }

    /** Waits until whoever reads next, this client or another, finds a position of the log applied. */
    void await(long position) {
        Map<String, String> after = Map.of("after", Long.toString(position), "limit", "1");
        JsonNode domains = get("/domains", after);
        get("/audit", after);
        if (domains.path("items").path(0).path("id").isTextual()) {
            String any = domains.path("items").path(0).path("id").textValue();
            get("/domains/" + segment(any) + "/operations", after);
        }
    }

    static <T> T read(JsonNode json, Class<T> type) {
        try {
            return Json.lenient().treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw new OutOfReachException(
                    "the query API answered something that is no " + type.getSimpleName()
                            + "; is it of another version than this client?",
                    e);
        }
    }

    /** One part of a path. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private record Answer(int status, JsonNode body, String detail) {}

    private Answer ask(String path, Map<String, String> parameters) {
        return answer(response(path, parameters, "application/json"));
    }

    private HttpResponse<byte[]> response(String path, Map<String, String> parameters, String accept) {
        return response("GET", path, parameters, accept);
    }

    private HttpResponse<byte[]> response(String method, String path, Map<String, String> parameters, String accept) {
        return sent(method, path, parameters, accept, HttpResponse.BodyHandlers.ofByteArray());
    }

    private <T> HttpResponse<T> sent(
            String method,
            String path,
            Map<String, String> parameters,
            String accept,
            HttpResponse.BodyHandler<T> body) {
        String query = parameters.entrySet().stream()
                .map(e -> segment(e.getKey()) + "=" + segment(e.getValue()))
                .collect(Collectors.joining("&", parameters.isEmpty() ? "" : "?", ""));
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base() + "/api/v1" + path + query))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(deadline.left())
                    .header("Accept", accept);
            token.ifPresent(t -> request.header("Authorization", "Bearer " + t));
            return http.send(request.build(), body);
        } catch (IOException e) {
            throw new OutOfReachException(
                    "the query API at " + url + " does not answer (" + said(e)
                            + "); is the service up, and is --url or SNAPLEDGER_URL right?",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutOfReachException("interrupted while waiting for the query API", e);
        } catch (IllegalArgumentException e) {
            throw new OutOfReachException(
                    "\"" + url + "\" is no address of a query API; give one like http://host:8080", e);
        }
    }

    private Answer answer(HttpResponse<byte[]> response) {
        return answer(response.statusCode(), response.body());
    }

    private Answer answer(int status, byte[] text) {
        JsonNode body;
        try {
            body = Json.lenient().readTree(text);
        } catch (IOException e) {
            throw new OutOfReachException(
                    url + " answered " + status + " with something that is not JSON;"
                            + " is a Snapledger query API there?",
                    e);
        }
        if (status == 200 || status == 202) {
            return new Answer(status, body, "");
        }
        String detail = body.hasNonNull("detail") && body.hasNonNull("title")
                ? read(body, Problem.class).detail()
                : "the query API answered " + status + " without a reason";
        return new Answer(status, body, detail);
    }

    private String base() {
        String text = url.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    private static String said(IOException e) {
        return Optional.ofNullable(e.getMessage())
                .filter(m -> !m.isBlank())
                .orElse(e.getClass().getSimpleName());
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
