package io.snapledger.query.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The description that a server gives of itself, and whether its answers are what it says; no field more and none less. */
final class Described {
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

    private final JsonNode document;

    private Described(JsonNode document) {
        this.document = document;
    }

    static Described by(QueryServer server) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + OpenApi.PATH))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonNode document = Json.lenient().readTree(response.body());
            close(document.path("components").path("schemas"));
            close(document.path("paths"));
            return new Described(document);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Clients must live with fields that they do not know; here one that is not described is a mistake. */
    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object && object.path("properties").isObject()) {
            object.put("additionalProperties", false);
        }
        node.forEach(Described::close);
    }

    /** The response, once it is found to be what the description promises. */
    HttpResponse<String> check(HttpResponse<String> response) throws IOException {
        String method = response.request().method().toLowerCase(Locale.ROOT);
        String path = response.request().uri().getRawPath();
        Optional<JsonNode> operation = document.path("paths")
                .propertyStream()
                .filter(p -> matches(p.getKey(), path))
                .map(p -> p.getValue().path(method))
                .filter(o -> !o.isMissingNode())
                .findFirst();
        if (operation.isEmpty()) {
            assertThat(response.statusCode())
                    .as(method + " " + path + " is not described")
                    .isIn(204, 404, 405);
            return response;
        }
        JsonNode responses = operation.get().path("responses");
        String status = Integer.toString(response.statusCode());
        JsonNode promised = resolved(responses.has(status) ? responses.path(status) : responses.path("default"));
        if (response.body().isEmpty()) {
            return response;
        }
        String type = response.headers().firstValue("Content-Type").orElse("").split(";", -1)[0];
        assertThat(promised.path("content")
                        .propertyStream()
                        .map(Map.Entry::getKey)
                        .toList())
                .as(method + " " + path + " " + status)
                .contains(type);
        if (type.endsWith("/json") || type.endsWith("+json")) {
            ObjectNode schema = (ObjectNode)
                    promised.path("content").path(type).path("schema").deepCopy();
            schema.set("components", document.path("components"));
            assertThat(SCHEMAS.getSchema(schema).validate(Json.lenient().readTree(response.body())))
                    .as(method + " " + path + ": " + response.body())
                    .isEmpty();
        }
        return response;
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private static boolean matches(String template, String path) {
        return Pattern.matches(
                List.of(template.split("/", -1)).stream()
                        .map(part -> part.startsWith("{") ? "[^/]+" : Pattern.quote(part))
                        .collect(Collectors.joining("/")),
                path);
    }
}
