package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.value.Compression;
import java.util.Optional;

/** How the guest's memory is held by a snapshot. */
public sealed interface MemoryCapture {
    /** Whether the file was there before the ledger heard of it; then it is never removed. */
    boolean adopted();

    /** No memory: a revert boots the guest, or leaves it off. */
    record None() implements MemoryCapture {
        @Override
        public boolean adopted() {
            return false;
        }
    }

    /** Inside the qcow2 {@code file}, under the snapshot's tag. */
    record Internal(HostPath file, String tag, boolean adopted) implements MemoryCapture {
        public Internal(HostPath file, String tag) {
            this(file, tag, false);
        }
    }

    /** In a file of its own; {@code saved} is there as soon as it has been written. */
    record External(HostPath file, Optional<SavedMemory> saved, Optional<Compression> compression, boolean adopted)
            implements MemoryCapture {
        public External(HostPath file, Optional<SavedMemory> saved) {
            this(file, saved, Optional.empty(), false);
        }

        public External(HostPath file, Optional<SavedMemory> saved, Optional<Compression> compression) {
            this(file, saved, compression, false);
        }

        public External with(SavedMemory written) {
            return new External(file, Optional.of(written), compression, adopted);
        }
    }
}
