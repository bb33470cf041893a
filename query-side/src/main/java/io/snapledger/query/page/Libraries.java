package io.snapledger.query.page;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.webjars.WebJarVersionLocator;

/** The libraries of the page, each a webjar on the class path, by the version that the build chose. */
final class Libraries {
    static final String PATH = "/assets/lib/";

    /** What a module of ours may import, by the webjar and the file or folder in it. */
    private static final List<Import> IMPORTS = List.of(
            new Import("lit", "lit", "index.js"),
            new Import("lit/", "lit", ""),
            new Import("lit-element/", "lit-element", ""),
            new Import("lit-html", "lit-html", "lit-html.js"),
            new Import("lit-html/", "lit-html", ""),
            new Import("@lit/reactive-element", "lit__reactive-element", "reactive-element.js"),
            new Import("@lit/reactive-element/", "lit__reactive-element", ""),
            new Import("@tanstack/virtual-core", "tanstack__virtual-core", "dist/esm/index.js"));

    private final WebJarVersionLocator locator = new WebJarVersionLocator();

    private record Import(String name, String library, String file) {}

    /** Where each name that a module imports is served. */
    Map<String, String> imports() {
        Map<String, String> imports = new TreeMap<>();
        IMPORTS.forEach(i -> imports.put(i.name(), path(i.library(), i.file())));
        return imports;
    }

    /** Where a file of a library is served; the path changes with the version. */
    String path(String library, String file) {
        return PATH + library + "/" + version(library) + "/" + file;
    }

    private String version(String library) {
        return Optional.ofNullable(locator.version(library))
                .orElseThrow(() -> new IllegalStateException("the web page needs the webjar " + library
                        + ", which is not on the class path; is the installation whole?"));
    }

    /** The file of a library that is served there; empty when there is none. */
    Optional<Asset> find(String library, String version, String file) {
        return Optional.ofNullable(locator.version(library))
                .filter(version::equals)
                .flatMap(_ -> Asset.read(
                        WebJarVersionLocator.WEBJARS_PATH_PREFIX + "/" + library + "/" + version + "/" + file));
    }
}
