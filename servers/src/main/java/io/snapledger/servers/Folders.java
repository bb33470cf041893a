package io.snapledger.servers;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work on whole folders. */
public final class Folders {
    private static final Logger LOG = LoggerFactory.getLogger(Folders.class);

    private Folders() {}

    /** A new and empty folder among the temporary ones. */
    public static Path temporary(String prefix) {
        try {
            return Files.createTempDirectory(prefix);
        } catch (IOException e) {
            throw new ServerException("no temporary folder for " + prefix, e);
        }
    }

    static boolean isEmpty(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return true;
        }
        try (var entries = Files.newDirectoryStream(folder)) {
            return !entries.iterator().hasNext();
        }
    }

    /** Removes a folder with all in it; what is gone already is no problem. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(left);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Removes a temporary folder; one that cannot be removed is only told. */
    public static void forget(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            LOG.warn("the temporary folder {} stays behind; remove it", folder, e);
        }
    }

    /** The last lines of a log, indented, or a word on why there are none. */
    static String tail(Path log) {
        try {
            List<String> lines = Files.readString(log).lines().toList();
            var last = lines.subList(Math.max(0, lines.size() - 12), lines.size());
            return "\nlast lines of " + log + ":\n  " + String.join("\n  ", last);
        } catch (IOException e) {
            return "\n(no log could be read at " + log + ": " + e.getMessage() + ")";
        }
    }
}
