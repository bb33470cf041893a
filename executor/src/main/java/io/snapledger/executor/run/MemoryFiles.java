package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Files that hold a guest's memory. QEMU does not notice every truncation, so they are measured by us. */
final class MemoryFiles {
    private static final int CHUNK = 1 << 20;

    private MemoryFiles() {}

    /** Where a memory is written until it is complete. */
    static HostPath part(HostPath file) {
        return file.sibling(file.fileName() + ".part");
    }

    static SavedMemory measured(HostPath file) throws HostException {
        try (InputStream in = Files.newInputStream(Path.of(file.value()))) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            long bytes = 0;
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
                bytes += n;
            }
            return new SavedMemory(bytes, HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw HostException.refused("cannot read the memory in " + file + ": " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static void verify(Step.MemoryFile memory) throws HostException {
        SavedMemory found = measured(memory.file());
        if (!found.equals(memory.saved())) {
            throw HostException.refused("memory file " + memory.file() + " holds " + found.bytes()
                    + " bytes with SHA-256 "
                    + found.sha256() + ", recorded are " + memory.saved().bytes() + " bytes with "
                    + memory.saved().sha256() + "; it is not loaded");
        }
    }
}
