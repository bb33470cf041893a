package io.snapledger.servers;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file system of its own in memory that can be filled without harm to others. Only who may mount one can have it.
 *
 * <p>Not for several threads at once.
 */
public final class SmallFileSystem implements AutoCloseable {
    private static final int BLOCK = 4096;

    private final Path folder;

    private SmallFileSystem(Path folder) {
        this.folder = folder;
    }

    /**
     * Empty where this process may not mount.
     *
     * @param folder an empty one that is there
     */
    public static Optional<SmallFileSystem> mount(Path folder, int mebibytes) {
        return succeeds(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "mode=755,size=" + mebibytes + "m",
                        "snapledger",
                        folder.toString())
                ? Optional.of(new SmallFileSystem(folder))
                : Optional.empty();
    }

    public Path folder() {
        return folder;
    }

    /** Until it is freed nobody can write a new block, but for as many bytes as are left. */
    public void fill(int leftBytes) throws IOException {
        Path left = folder.resolve(".left");
        Files.write(left, new byte[leftBytes]);
        byte[] block = new byte[BLOCK];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (Files.getFileStore(folder).getUsableSpace() > 0) {
                out.write(block);
            }
        } catch (IOException _) {
            // In memory that is how one sees that it is full.
        }
        Files.delete(left);
    }

    public void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return folder.resolve(".filler");
    }

    /** Unmounts it unless somebody has a file in it open; whether it did is told. */
    public boolean unmount() {
        return succeeds("umount", folder.toString());
    }

    /** Unmounts it, also while somebody has a file in it open. */
    @Override
    public void close() throws IOException {
        if (!succeeds("umount", "-l", folder.toString())) {
            throw new IOException(folder + " cannot be unmounted");
        }
    }

    /** Not so where there is no such tool. */
    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(List.of(command))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("stopped while waiting for " + command[0], e);
        }
    }
}
