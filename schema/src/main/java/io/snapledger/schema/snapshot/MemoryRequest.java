package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.CaptureMode;
import java.util.Optional;

/** What a command asks of the guest's memory: libvirt's {@code <memory snapshot= file=>}. */
public record MemoryRequest(
        Optional<CaptureMode> snapshot,
        Optional<HostPath> file,
        Optional<DiskTarget> disk,
        Optional<Compression> compression) {

    /** How a memory file is compressed. */
    public enum Compression {
        NONE,
        GZIP,
        ZSTD
    }
}
