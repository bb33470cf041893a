package io.snapledger.executor.run;

import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The folders of this host in which images may lie, and what may be done to files there. While it is open no other
 * executor works in these folders.
 */
public final class Storage implements AutoCloseable {
    private static final String LOCK_FILE = ".snapledger-executor";

    private final List<Path> roots;
    private final List<HostLock> locks;

    private Storage(List<Path> roots, List<HostLock> locks) {
        this.roots = List.copyOf(roots);
        this.locks = List.copyOf(locks);
    }

    /** @throws IOException when a root cannot be made or belongs to another executor */
    public static Storage open(List<Path> folders) throws IOException {
        List<Path> roots = new ArrayList<>();
        List<HostLock> locks = new ArrayList<>();
        try {
            for (Path folder : folders) {
                Path root = Files.createDirectories(folder).toRealPath();
                roots.add(root);
                locks.add(HostLock.take(root.resolve(LOCK_FILE), "storage root " + root));
            }
        } catch (IOException | RuntimeException e) {
            closeAll(locks);
            throw e;
        }
        return new Storage(roots, locks);
    }

    /** The roots, without links in their paths. */
    public List<Path> roots() {
        return roots;
    }

    /** Why a file may not be touched; empty when it may: it lies in a root, no link leads elsewhere, it is a plain file. */
    Optional<String> objection(HostPath file) {
        Path path = path(file);
        try {
            Path real = Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                    ? path.toRealPath()
                    : folder(file).toRealPath().resolve(file.fileName());
            if (!real.equals(path)) {
                return Optional.of("path " + file + " leads to " + real + "; give the path without links");
            }
        } catch (NoSuchFileException e) {
            return Optional.of(
                    exists(file)
                            ? "path " + file + " is a link that leads nowhere; give the path without links"
                            : "folder " + folder(file) + " is not there; make it, or choose another");
        } catch (IOException e) {
            return Optional.of("path " + file + " cannot be looked at: " + e.getMessage());
        }
        if (roots.stream().noneMatch(root -> path.startsWith(root) && !path.equals(root))) {
            return Optional.of("path " + file + " lies in none of the storage roots " + roots
                    + "; bring the file into one, or add its folder to storage.roots");
        }
        return notPlain(file);
    }

    private static Optional<String> notPlain(HostPath file) {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path(file), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile()
                    ? Optional.empty()
                    : Optional.of("path " + file + " is "
                            + (found.isDirectory() ? "a folder" : "a pipe, a socket or a device")
                            + "; only plain files are used");
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("path " + file + " cannot be looked at: " + e.getMessage());
        }
    }

    /** A file that has another name too would change under it, in this folder or in another. */
    void requireOneName(HostPath file) throws HostException {
        try {
            if (Files.getAttribute(path(file), "unix:nlink", LinkOption.NOFOLLOW_LINKS) instanceof Integer names
                    && names > 1) {
                throw HostException.refused("image " + file + " has " + names
                        + " names (hard links) and would change under each; give it one name, copy it for another");
            }
        } catch (NoSuchFileException e) {
            throw HostException.refused("image " + file + " is not there", e);
        } catch (IOException e) {
            throw HostException.refused("image " + file + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    void require(HostPath file) throws HostException {
        Optional<String> objection = objection(file);
        if (objection.isPresent()) {
            throw HostException.refused(objection.get());
        }
    }

    boolean exists(HostPath file) {
        return Files.exists(path(file), LinkOption.NOFOLLOW_LINKS);
    }

    long size(HostPath file) throws HostException {
        try {
            return Files.size(path(file));
        } catch (IOException e) {
            throw HostException.refused("cannot tell the size of " + file + ": " + e.getMessage(), e);
        }
    }

    /** An empty file that was not there before. */
    void createExclusively(HostPath file) throws HostException {
        try {
            PrivateFiles.create(path(file)).close();
            syncFolder(file);
        } catch (FileAlreadyExistsException e) {
            throw HostException.refused("file " + file + " exists already; nothing is overwritten", e);
        } catch (IOException e) {
            throw HostException.refused("cannot make " + file + ": " + e.getMessage(), e);
        }
    }

    /** The finished file under its own name, on stable storage. */
    void publish(HostPath part, HostPath file) throws HostException {
        try {
            try (FileChannel channel =
                    FileChannel.open(path(part), Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
                channel.force(true);
            }
            if (exists(file)) {
                throw HostException.refused("file " + file + " exists already; nothing is overwritten");
            }
            Files.move(path(part), path(file), StandardCopyOption.ATOMIC_MOVE);
            syncFolder(file);
        } catch (IOException e) {
            throw HostException.refused("cannot bring " + file + " to stable storage: " + e.getMessage(), e);
        }
    }

    /** The file under another name that nobody has; not yet on stable storage. */
    void rename(HostPath from, HostPath to) throws HostException {
        if (exists(to)) {
            throw HostException.refused("file " + to + " exists already; nothing is overwritten");
        }
        try {
            Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw HostException.refused("cannot rename " + from + " to " + to + ": " + e.getMessage(), e);
        }
    }

    /** The file is not there, for good. */
    void delete(HostPath file) throws HostException {
        try {
            if (Files.isDirectory(path(file), LinkOption.NOFOLLOW_LINKS)) {
                throw HostException.refused(file + " is a folder; only files are removed");
            }
            if (Files.deleteIfExists(path(file))) {
                syncFolder(file);
            }
        } catch (IOException e) {
            throw HostException.refused("cannot remove " + file + ": " + e.getMessage(), e);
        }
    }

    private static void syncFolder(HostPath file) throws IOException {
        try (FileChannel folder = FileChannel.open(folder(file), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** Free space where the file lies, or would lie. */
    long freeBytes(HostPath file) throws HostException {
        try {
            return Files.getFileStore(folder(file)).getUsableSpace();
        } catch (IOException e) {
            throw HostException.refused("cannot tell the free space for " + file + ": " + e.getMessage(), e);
        }
    }

    /** Free space of the root that has least; 0 when it cannot be told. */
    public long leastFreeBytes() {
        return roots.stream().mapToLong(Storage::free).min().orElse(0);
    }

    private static long free(Path root) {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /** A {@link HostPath} always has one. */
    static Path folder(HostPath file) {
        return java.util.Objects.requireNonNull(path(file).getParent());
    }

    static Path path(HostPath file) {
        return Path.of(file.value());
    }

    @Override
    public void close() throws IOException {
        closeAll(locks);
    }

    private static void closeAll(List<HostLock> locks) throws IOException {
        for (HostLock lock : locks) {
            lock.close();
        }
    }
}
