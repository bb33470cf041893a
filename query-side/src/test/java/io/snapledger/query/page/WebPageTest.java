package io.snapledger.query.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.Javalin;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the page and its files are served. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebPageTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private Javalin server;

    @BeforeAll
    void start() {
        server = Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    config.jetty.host = "127.0.0.1";
                    config.jetty.port = 0;
                    new WebPage().addTo(config.routes);
                })
                .start();
    }

    @AfterAll
    void stop() {
        server.stop();
    }

    @Test
    void everything_that_the_page_names_is_served_and_may_be_kept_for_ever() throws Exception {
        String page = get("/").body();
        List<String> named = Pattern.compile("(?:href|src)=\"(/assets/[^\"]+)\"|\":\"(/assets/[^\"]+\\.js)\"")
                .matcher(page)
                .results()
                .map((MatchResult r) -> r.group(1) == null ? r.group(2) : r.group(1))
                .toList();

        assertThat(named).hasSizeGreaterThan(10);
        for (String path : named) {
            HttpResponse<String> asset = get(path);
            assertThat(asset.statusCode()).as(path).isEqualTo(200);
            assertThat(header(asset, "Cache-Control")).as(path).contains("immutable");
            assertThat(header(asset, "X-Content-Type-Options")).as(path).isEqualTo("nosniff");
        }
    }

    @Test
    void the_policy_allows_the_import_map_by_its_hash_and_nothing_inline_besides() throws Exception {
        HttpResponse<String> page = get("/");
        ImportMap map = new ImportMap(page.body());

        assertThat(header(page, "Content-Security-Policy"))
                .contains("default-src 'none'")
                .contains("script-src 'self' 'sha256-" + map.hash() + "';")
                .contains("style-src 'self';")
                .doesNotContain("unsafe");
        assertThat(page.body())
                .doesNotContain("<style")
                .doesNotContain(" style=")
                .doesNotContain("http://");
    }

    @Test
    void the_page_itself_is_asked_for_each_time_and_sent_only_when_it_changed() throws Exception {
        HttpResponse<String> page = get("/");
        HttpResponse<String> again = client.send(
                request("/").header("If-None-Match", header(page, "ETag")).build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(header(page, "Cache-Control")).isEqualTo("no-cache");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/assets/page/0000000000000000/main.js",
                "/assets/lib/lit/0.0.1/index.js",
                "/assets/lib/nothing/1.0/index.js",
                "/assets/lib/lit/@lit@/nothing.js",
                "/assets/lib/lit/@lit@/package.json",
                "/assets/lib/lit/@lit@/%2e%2e/%2e%2e/lit-html/x.js",
                "/assets/lib/lit/@lit@/..%2f..%2f..%2f..%2fMETA-INF/MANIFEST.MF"
            })
    void what_is_no_file_of_the_page_is_not_there(String path) throws Exception {
        String version = Pattern.compile("/assets/lib/lit/([^/]+)/")
                .matcher(get("/").body())
                .results()
                .map((MatchResult r) -> r.group(1))
                .findFirst()
                .orElseThrow();

        assertThat(get(path.replace("@lit@", version)).statusCode()).isBetween(400, 404);
    }

    @Test
    void its_files_are_found_in_a_jar_as_in_a_folder(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("a b.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            for (String name : List.of("page/index.html", "page/style/page.css", "other/file.js")) {
                entries.putNextEntry(new JarEntry(name));
            }
        }
        URI index = URI.create("jar:" + jar.toUri() + "!/page/index.html");

        assertThat(OwnFiles.names(index.toURL())).containsExactlyInAnyOrder("index.html", "style/page.css");
        assertThat(OwnFiles.names(index.toURL())).hasSize(2);
    }

    /** The import map, as it stands in the page. */
    private record ImportMap(String page) {
        String hash() throws Exception {
            String map = page.split("<script type=\"importmap\">", 2)[1].split("</script>", 2)[0];
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(map.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
