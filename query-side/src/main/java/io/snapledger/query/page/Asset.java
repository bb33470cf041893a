package io.snapledger.query.page;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A file as a browser gets it. */
final class Asset {
    private static final Map<String, String> TYPES = Map.of(
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "html", "text/html; charset=utf-8");

    /** Plain names in plain folders, so that nothing leads out of the folder that is served. */
    private static final Pattern PLAIN =
            Pattern.compile("(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-]+(?:[.-][A-Za-z0-9_-]+)*");

    private final String type;
    private final byte[] content;

    Asset(String type, byte[] content) {
        this.type = type;
        this.content = content.clone();
    }

    /** A file of the class path; empty when there is none of that name, or it is of no kind that a page is made of. */
    static Optional<Asset> read(String name) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null || !PLAIN.matcher(name).matches()) {
            return Optional.empty();
        }
        try (InputStream in = Asset.class.getClassLoader().getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(new Asset(type, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException("the file " + name + " of the web page cannot be read", e);
        }
    }

    String type() {
        return type;
    }

    InputStream content() {
        return new ByteArrayInputStream(content);
    }

    void addTo(MessageDigest digest) {
        digest.update(content);
    }

    String text() {
        return new String(content, StandardCharsets.UTF_8);
    }
}
