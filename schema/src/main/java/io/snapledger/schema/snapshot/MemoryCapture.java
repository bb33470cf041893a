package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.value.Compression;
import java.util.Optional;

/** How the guest's memory is held by a snapshot. */
public sealed interface MemoryCapture {

    /** No memory: a revert boots the guest, or leaves it off. */
    record None() implements MemoryCapture {}

    /** Inside the qcow2 {@code file}, under the snapshot's tag. */
    record Internal(HostPath file, String tag) implements MemoryCapture {}

    /** In a file of its own; {@code saved} is there as soon as it has been written. */
    record External(HostPath file, Optional<SavedMemory> saved, Optional<Compression> compression)
            implements MemoryCapture {
        public External(HostPath file, Optional<SavedMemory> saved) {
            this(file, saved, Optional.empty());
        }

        public External with(SavedMemory written) {
            return new External(file, Optional.of(written), compression);
        }
    }
}
