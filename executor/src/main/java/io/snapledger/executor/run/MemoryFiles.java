package io.snapledger.executor.run;

import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.packing.Packing;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Files that hold a guest's memory. QEMU does not notice every truncation, so they are measured by us.
 *
 * <pre>
 * name.part ──(QEMU has sent all)──► name.whole ──(packed into name.part, unless it stays as it is)──► name
 * </pre>
 */
final class MemoryFiles {
    private static final int CHUNK = 1 << 20;
    private static final int START = 4;

    private MemoryFiles() {}

    /** Where a memory is written until it is complete. */
    static HostPath part(HostPath file) {
        return file.sibling(file.fileName() + ".part");
    }

    /** Where a complete memory lies as QEMU sent it, until it is packed and on stable storage. */
    static HostPath whole(HostPath file) {
        return file.sibling(file.fileName() + ".whole");
    }

    /** All that there may ever be of a memory. */
    static Stream<HostPath> all(HostPath file) {
        return Stream.of(file, part(file), whole(file));
    }

    static SavedMemory measured(HostPath file) throws HostException {
        try (InputStream in = PrivateFiles.read(path(file))) {
            return copied(in, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw HostException.refused("cannot read the memory in " + file + ": " + e.getMessage(), e);
        }
    }

    /** Writes a file anew that holds the other one packed; what it says is of the packed bytes. */
    static SavedMemory packed(HostPath from, HostPath to, Compression compression, LongWork work) throws HostException {
        try (InputStream in = PrivateFiles.read(path(from));
                Measured out = new Measured(Channels.newOutputStream(PrivateFiles.create(path(to))))) {
            try (OutputStream packing = Packing.packing(out, compression)) {
                copy(in, packing, Files.size(path(from)), work);
            }
            return out.measure();
        } catch (IOException e) {
            throw HostException.refused(
                    "cannot pack the memory in " + from + " with " + Words.of(compression) + ": " + e.getMessage(), e);
        }
    }

    /** Whether it is, to the byte, what was written. */
    static void requireSame(Step.MemoryFile memory) throws HostException {
        SavedMemory found = measured(memory.file());
        if (!found.equals(memory.saved())) {
            throw HostException.refused("memory file " + memory.file() + " holds " + found.bytes()
                    + " bytes with SHA-256 "
                    + found.sha256() + ", recorded are " + memory.saved().bytes() + " bytes with "
                    + memory.saved().sha256() + "; it is not loaded");
        }
    }

    /** Also whether it is packed as recorded, from end to end: found later, it would be found with the guest gone. */
    static void verify(Step.MemoryFile memory) throws HostException {
        requireSame(memory);
        Compression recorded = memory.compression().orElse(Compression.NONE);
        Optional<Compression> look = look(memory.file());
        if (!look.orElse(Compression.NONE).equals(recorded)) {
            throw HostException.refused("memory file " + memory.file() + " is packed as "
                    + Words.of(look.orElse(Compression.NONE)) + ", recorded is " + Words.of(recorded)
                    + "; it is not loaded");
        }
        if (recorded != Compression.NONE) {
            try (InputStream in = Packing.unpacking(PrivateFiles.read(path(memory.file())), recorded)) {
                copy(in, OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw HostException.refused(
                        "memory file " + memory.file() + " cannot be unpacked with " + Words.of(recorded) + ": "
                                + e.getMessage(),
                        e);
            }
        }
    }

    private static Optional<Compression> look(HostPath file) throws HostException {
        try (InputStream in = PrivateFiles.read(path(file))) {
            return Packing.lookOf(in.readNBytes(START));
        } catch (IOException e) {
            throw HostException.refused("cannot read the memory in " + file + ": " + e.getMessage(), e);
        }
    }

    private static SavedMemory copied(InputStream in, OutputStream to) throws IOException {
        try (Measured out = new Measured(to)) {
            copy(in, out);
            return out.measure();
        }
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        copy(in, out, 0, LongWork.UNWATCHED);
    }

    /** Lets others have the processor in between: the domains of a host share few carriers, and this is long work. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void copy(InputStream in, OutputStream out, long total, LongWork work) throws IOException {
        long done = 0;
        byte[] chunk = new byte[CHUNK];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            out.write(chunk, 0, n);
            done += n;
            work.reached(done, total);
            Thread.yield();
        }
    }

    private static Path path(HostPath file) {
        return Storage.path(file);
    }

    /** Counts and sums what is written through it. */
    private static final class Measured extends OutputStream {
        private final OutputStream to;
        private final MessageDigest digest;
        private long bytes;

        Measured(OutputStream to) {
            this.to = to;
            try {
                this.digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] chunk, int from, int length) throws IOException {
            to.write(chunk, from, length);
            digest.update(chunk, from, length);
            bytes += length;
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }

        /** Of all that was written; asked once. */
        SavedMemory measure() {
            return new SavedMemory(bytes, HexFormat.of().formatHex(digest.digest()));
        }
    }
}
