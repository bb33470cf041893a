package io.snapledger.servers;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right of one process to run a server on a folder, held as a lock on {@code owner.lock} in it. The kernel gives it
 * back when the owner dies, however it dies; so whoever holds the claim and finds a server still running has found an
 * orphan.
 */
final class Claim implements AutoCloseable {
    private final FileChannel channel;

    private Claim(FileChannel channel) {
        this.channel = channel;
    }

    static Claim on(Path folder, String server) {
        FileChannel channel;
        try {
            Files.createDirectories(folder);
            channel =
                    FileChannel.open(folder.resolve("owner.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new ServerException(
                    "%s needs the folder %s, but it cannot be written: %s; give another folder"
                            .formatted(server, folder, e.getMessage()),
                    e);
        }
        try {
            if (lock(channel) != null) {
                return new Claim(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new ServerException("cannot lock " + folder.resolve("owner.lock"), e);
        }
        throw new ServerException(
                "%s should run on %s, but another process runs one there; stop that, or give another folder"
                        .formatted(server, folder));
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new ServerException("cannot give back a folder's lock", e);
        }
    }
}
