package io.snapledger.standalone.journey;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The query API, as a reader who waits for what was written. */
record Readers(HttpClient http, String url) implements AutoCloseable {
    Readers(String url) {
        this(HttpClient.newHttpClient(), url);
    }

    JsonNode json(String path, long after) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path, after);
        if (answer.statusCode() != 200) {
            throw new IOException(path + " answers " + answer.statusCode() + ": " + answer.body());
        }
        return Json.lenient().readTree(answer.body());
    }

    HttpResponse<String> get(String path, long after) throws IOException, InterruptedException {
        URI uri = URI.create(url + path + (path.contains("?") ? "&" : "?") + "after=" + after);
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.close();
    }
}
