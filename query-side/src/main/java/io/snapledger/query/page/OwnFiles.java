package io.snapledger.query.page;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The page's own files, as they lie in the folder {@code page} of the class path. */
final class OwnFiles {
    private static final String FOLDER = "page/";

    private OwnFiles() {}

    /** All of them, by their name in the folder. */
    static SortedMap<String, Asset> read() {
        URL index = Optional.ofNullable(OwnFiles.class.getClassLoader().getResource(FOLDER + "index.html"))
                .orElseThrow(() -> new IllegalStateException("the web page is not on the class path"));
        SortedMap<String, Asset> files = new TreeMap<>();
        for (String name : names(index)) {
            files.put(
                    name,
                    Asset.read(FOLDER + name)
                            .orElseThrow(() -> new IllegalStateException(
                                    "the web page holds " + name + ", which is of no kind that it may hold")));
        }
        return files;
    }

    /** The files in the folder of that index, be it in a jar or not. */
    static List<String> names(URL index) {
        try {
            URI place = index.toURI();
            if (!place.getScheme().equals("jar")) {
                return names(Optional.ofNullable(Path.of(place).getParent()).orElseThrow());
            }
            try (FileSystem jar = FileSystems.newFileSystem(jar(place))) {
                return names(jar.getPath(FOLDER));
            }
        } catch (URISyntaxException | IOException e) {
            throw new IllegalStateException("the files of the web page at " + index + " cannot be listed", e);
        }
    }

    /** Of {@code jar:file:/a.jar!/page/index.html} the jar. It is opened anew, so that several readers do not meet. */
    private static Path jar(URI place) {
        return Path.of(URI.create(place.getRawSchemeSpecificPart().split("!", 2)[0]));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(f -> folder.relativize(f).toString().replace('\\', '/'))
                    .toList();
        }
    }
}
