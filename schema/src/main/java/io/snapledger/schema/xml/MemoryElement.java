package io.snapledger.schema.xml;

import io.snapledger.schema.disk.HostPath;
import java.util.Optional;

/** {@code <memory snapshot= file=>}. A file is there exactly when the mode is external. */
public record MemoryElement(SnapshotMode mode, Optional<HostPath> file, Extra extra) {
    public static MemoryElement of(SnapshotMode mode, Optional<HostPath> file) {
        return new MemoryElement(mode, file, Extra.NONE);
    }
}
