package io.snapledger.executor.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/**
 * The native part of SQLite's driver. The driver unpacks it into a file that it removes when the process ends; a process
 * that is killed would leave it, a megabyte each time. Once loaded the file is not needed any more, so it goes at once.
 */
final class SqliteDriver {
    /** The driver's own setting, for hosts on which nothing can be run from the folder of temporary files. */
    private static final String FOLDER = "org.sqlite.tmpdir";

    private static boolean loaded;

    private SqliteDriver() {}

    /** Does nothing when it is loaded. */
    static synchronized void load() throws IOException {
        if (!loaded) {
            String parent = System.getProperty(FOLDER);
            Path folder = Files.createTempDirectory(
                    Path.of(parent == null ? System.getProperty("java.io.tmpdir") : parent), "snapledger-");
            System.setProperty(FOLDER, folder.toString());
            try {
                SQLiteJDBCLoader.initialize();
                loaded = true;
            } catch (Exception e) {
                throw new IOException(
                        "SQLite's library cannot be loaded from " + folder.getParent()
                                + "; name a folder on a file system that allows it with -D" + FOLDER,
                        e);
            } finally {
                restore(parent);
                remove(folder);
            }
        }
    }

    private static void restore(String parent) {
        if (parent == null) {
            System.clearProperty(FOLDER);
        } else {
            System.setProperty(FOLDER, parent);
        }
    }

    private static void remove(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(folder);
    }
}
