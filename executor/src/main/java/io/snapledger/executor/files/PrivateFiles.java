package io.snapledger.executor.files;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files for the executor's user alone, whatever the umask: disks and memories hold all that a guest knows. None is opened
 * through a link.
 */
public final class PrivateFiles {
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private PrivateFiles() {}

    /** Made with those above it if need be, and made private if it was not. */
    public static Path folder(Path folder) throws IOException {
        Path real = Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER))
                .toRealPath();
        Files.setPosixFilePermissions(real, FOLDER);
        return real;
    }

    /** A new file, to be written. */
    public static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, Set.of(CREATE_NEW, WRITE), FILE);
    }

    /** A file to be written that may be there already; it is left as long as it is. */
    public static FileChannel createOrOpen(Path file) throws IOException {
        return FileChannel.open(file, Set.of(CREATE, WRITE, NOFOLLOW_LINKS), FILE);
    }

    public static InputStream read(Path file) throws IOException {
        return Files.newInputStream(file, NOFOLLOW_LINKS);
    }
}
