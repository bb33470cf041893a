package io.snapledger.executor.driver.qemuimg;

import io.snapledger.executor.port.HostException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * One look at each plain file below a storage root. No link is followed. Other operations go on meanwhile, so what is gone
 * before it could be looked at is passed over; what is there and cannot be looked at is not.
 */
final class FolderScan extends SimpleFileVisitor<Path> {
    /** Made by mkfs at the top of a file system, for root alone; what fsck lays there belongs to nobody. */
    private static final String LOST_AND_FOUND = "lost+found";

    private final Path root;
    private final Look look;

    @FunctionalInterface
    interface Look {
        void at(Path file) throws IOException;
    }

    private FolderScan(Path root, Look look) {
        this.root = root;
        this.look = look;
    }

    /** @throws HostException when something is there and cannot be looked at */
    static void of(Collection<Path> roots, Look look) throws HostException {
        for (Path root : roots) {
            try {
                Files.walkFileTree(root, new FolderScan(root, look));
            } catch (AccessDeniedException e) {
                throw HostException.refused(
                        e.getFile() + " in storage root " + root + " cannot be read by the executor's user; allow it,"
                                + " or keep it elsewhere",
                        e);
            } catch (IOException e) {
                throw HostException.refused("cannot look through storage root " + root + ": " + e, e);
            }
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
        return folder.equals(root.resolve(LOST_AND_FOUND)) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile() && !isOurs(file)) {
            try {
                look.at(file);
            } catch (NoSuchFileException e) {
                return passOver(file, e);
            }
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
        return passOver(file, failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
        return failure == null ? FileVisitResult.CONTINUE : passOver(folder, failure);
    }

    private FileVisitResult passOver(Path path, IOException failure) throws IOException {
        if (failure instanceof NoSuchFileException && !path.equals(root)) {
            return FileVisitResult.CONTINUE;
        }
        throw failure;
    }

    /** Not those that this process has locked: the kernel takes a lock away when any part of the process closes the file. */
    private static boolean isOurs(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.equals(".snapledger-executor") || name.equals("journal.lock") || name.startsWith("journal.db");
    }
}
