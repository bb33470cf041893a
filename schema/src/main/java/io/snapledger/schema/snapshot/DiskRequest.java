package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.CaptureMode;
import java.util.Optional;

/** What a command asks of one disk: libvirt's {@code <disk name= snapshot=>} with its source and driver. */
public record DiskRequest(
        DiskRef target, Optional<CaptureMode> snapshot, Optional<HostPath> file, Optional<ImageFormat> format) {

    public DiskRequest(
            DiskTarget target, Optional<CaptureMode> snapshot, Optional<HostPath> file, Optional<ImageFormat> format) {
        this(DiskRef.of(target), snapshot, file, format);
    }
}
