package io.snapledger.query.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.NotFoundResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The page at {@code /}, with what it is made of under {@code /assets/}.
 *
 * <p>An asset's path has its version in it and may be kept for ever; the page itself is asked for each time. None of it
 * tells anything of a domain, so that it needs no token: the page asks for one when the API does.
 */
public final class WebPage {
    private static final String PATH = "/assets/page/";
    private static final String FOR_EVER = "public, max-age=31536000, immutable";

    private final Libraries libraries = new Libraries();
    private final SortedMap<String, Asset> files = OwnFiles.read();
    private final String version = hash(files);
    private final Asset page;
    private final String tag;
    private final String policy;

    public WebPage() {
        String imports = json(Map.of("imports", libraries.imports()));
        Asset template = Optional.ofNullable(files.get("index.html"))
                .orElseThrow(() -> new IllegalStateException("the web page has no index.html"));
        byte[] content = template.text()
                .replace("@imports@", imports)
                .replace("@page@/", PATH + version + "/")
                .replace("@pico@/", libraries.path("picocss__pico", ""))
                .getBytes(StandardCharsets.UTF_8);
        this.page = new Asset(template.type(), content);
        this.tag = "\"" + HexFormat.of().formatHex(sha256(content)).substring(0, 16) + "\"";
        this.policy = policy(imports);
    }

    /** Everything comes from here; the one script that stands in the page is known by its hash. */
    private static String policy(String imports) {
        String hash = Base64.getEncoder().encodeToString(sha256(imports.getBytes(StandardCharsets.UTF_8)));
        return String.join(
                "; ",
                "default-src 'none'",
                "script-src 'self' 'sha256-" + hash + "'",
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types lit-html");
    }

    public void addTo(RoutesConfig routes) {
        add(routes, "/", this::page);
        add(routes, PATH + "{version}/<file>", this::own);
        add(routes, Libraries.PATH + "{library}/{version}/<file>", this::library);
    }

    private static void add(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    private void page(Context context) {
        context.header("Content-Security-Policy", policy);
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cross-Origin-Opener-Policy", "same-origin");
        context.header("Cache-Control", "no-cache");
        context.header("ETag", tag);
        if (tag.equals(context.header("If-None-Match"))) {
            context.status(304);
        } else {
            send(context, page);
        }
    }

    private void own(Context context) {
        sendForEver(
                context,
                Optional.ofNullable(files.get(context.pathParam("file")))
                        .filter(_ -> context.pathParam("version").equals(version)));
    }

    private void library(Context context) {
        sendForEver(
                context,
                libraries.find(context.pathParam("library"), context.pathParam("version"), context.pathParam("file")));
    }

    private static void sendForEver(Context context, Optional<Asset> asset) {
        Asset found =
                asset.orElseThrow(() -> new NotFoundResponse("the web page has no such file; load it again from /"));
        context.header("Cache-Control", FOR_EVER);
        send(context, found);
    }

    private static void send(Context context, Asset asset) {
        context.header("X-Content-Type-Options", "nosniff");
        context.contentType(asset.type());
        context.result(asset.content());
    }

    private static String hash(SortedMap<String, Asset> files) {
        MessageDigest digest = sha256();
        files.forEach((name, asset) -> {
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            asset.addTo(digest);
        });
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    private static byte[] sha256(byte[] content) {
        return sha256().digest(content);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    private static String json(Object value) {
        try {
            return new ObjectMapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the import map cannot be written as JSON", e);
        }
    }
}
