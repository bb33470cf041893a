package io.snapledger.executor.run;

import io.snapledger.executor.files.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock on a file, in which its holder is named. The kernel gives it back when the holder's process ends, however it
 * ends, and not before: one that is stopped holds it still.
 */
final class HostLock implements AutoCloseable {
    /** The kernel takes a lock away when its process closes the file anywhere: it must not be opened twice in one. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private HostLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * @param file without links in its path
     * @param what is locked by it
     * @throws TakenException when another holds it
     */
    static HostLock take(Path file, String what) throws IOException {
        if (!HELD.add(file)) {
            throw new TakenException(what, "another executor in this process");
        }
        try {
            return new HostLock(file, locked(file, what));
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    private static FileChannel locked(Path file, String what) throws IOException {
        FileChannel channel = PrivateFiles.createOrOpen(file);
        try {
            if (channel.tryLock() == null) {
                throw new TakenException(what, holder(file));
            }
            channel.truncate(0);
            channel.write(StandardCharsets.UTF_8.encode(name()));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String name() {
        return "the executor with process id " + ProcessHandle.current().pid() + ", begun at " + Instant.now();
    }

    private static String holder(Path file) throws IOException {
        String named = StandardCharsets.UTF_8
                .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                .toString();
        return named.isBlank() ? "another executor" : named;
    }

    /** Somebody else holds it. */
    static final class TakenException extends IOException {
        private static final long serialVersionUID = 1;

        private final String reason;

        private TakenException(String what, String holder) {
            this(what + " belongs to " + holder + ", which has not ended; stop that one first");
        }

        private TakenException(String reason) {
            super(reason);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(file);
    }
}
