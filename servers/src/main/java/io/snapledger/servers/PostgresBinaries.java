package io.snapledger.servers;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of PostgreSQL, unpacked once a machine and user. Two processes may unpack at once: each does so beside
 * the goal, the first rename wins, and the other takes what is there.
 */
record PostgresBinaries(Path home, String major) {
    static PostgresBinaries unpacked(Path cache) {
        var build = Build.read();
        var home = cache.resolve("postgres-" + build.postgresVersion());
        if (!Files.exists(home)) {
            try {
                unpack(cache, home);
            } catch (IOException e) {
                throw new ServerException("cannot unpack PostgreSQL into " + home + ": " + e.getMessage(), e);
            }
        }
        return new PostgresBinaries(home, build.postgresMajor());
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    private static void unpack(Path cache, Path home) throws IOException {
        Files.createDirectories(cache);
        var beside = Files.createTempDirectory(cache, "unpacking-");
        try {
            beside.toFile().setExecutable(true, false);
            beside.toFile().setReadable(true, false);
            extract(beside);
            Files.move(beside, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.exists(home)) {
                throw e;
            }
        } finally {
            Folders.delete(beside);
        }
    }

    private static void extract(Path root) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive())))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                write(entry, tar, root);
            }
        }
    }

    private static void write(TarArchiveEntry entry, InputStream content, Path root) throws IOException {
        var target = root.resolve(entry.getName()).normalize();
        if (!target.startsWith(root)) {
            throw new IOException("the archive wants to write outside its folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.resolveSibling("."));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(target, root.resolve(entry.getLinkName()));
        } else {
            Files.copy(content, target);
            if ((entry.getMode() & 0100) != 0) {
                target.toFile().setExecutable(true, false);
            }
        }
    }

    private static InputStream archive() {
        var name = "/postgres-%s-%s.txz".formatted(system(), architecture());
        var archive = PostgresBinaries.class.getResourceAsStream(name);
        if (archive == null) {
            throw new ServerException("this build carries no PostgreSQL for this machine (" + name
                    + "); give the address of a PostgreSQL that runs already");
        }
        return archive;
    }

    private static String system() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }

    private static String architecture() {
        var architecture = System.getProperty("os.arch", "");
        return architecture.equals("amd64") ? "x86_64" : architecture;
    }
}
