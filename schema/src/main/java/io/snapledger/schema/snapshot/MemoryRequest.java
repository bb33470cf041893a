package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import java.util.Optional;

/** What a command asks of the guest's memory: libvirt's {@code <memory snapshot= file=>}. */
public record MemoryRequest(
        Optional<CaptureMode> snapshot,
        Optional<HostPath> file,
        Optional<DiskTarget> disk,
        Optional<Compression> compression) {}
