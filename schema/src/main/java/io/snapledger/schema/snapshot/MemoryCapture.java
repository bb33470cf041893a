package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.value.Compression;
import java.util.Optional;

/** How the guest's memory is held by a snapshot. */
public sealed interface MemoryCapture {
    /**
     * Whether the file is the user's: it was there before the ledger heard of it, or it was left with the record of another
     * snapshot that had it too. Then it is never removed.
     */
    boolean adopted();

    /** The same when its file is the user's. */
    MemoryCapture asAdopted();

    /** No memory: a revert boots the guest, or leaves it off. */
    record None() implements MemoryCapture {
        @Override
        public boolean adopted() {
            return false;
        }

        @Override
        public MemoryCapture asAdopted() {
            return this;
        }
    }

    /** Inside the qcow2 {@code file}, under the snapshot's tag. */
    record Internal(HostPath file, String tag, boolean adopted) implements MemoryCapture {
        public Internal(HostPath file, String tag) {
            this(file, tag, false);
        }

        @Override
        public MemoryCapture asAdopted() {
            return new Internal(file, tag, true);
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

        @Override
        public MemoryCapture asAdopted() {
            return new External(file, saved, compression, true);
        }
    }
}
