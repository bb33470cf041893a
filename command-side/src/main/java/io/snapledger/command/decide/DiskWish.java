package io.snapledger.command.decide;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.CaptureMode;
import java.util.Optional;

/**
 * How one disk of the domain is to take part in a snapshot.
 *
 * @param mode from the command, else from the definition; empty where the rule's default is to hold
 * @param format of the layer that would be captured
 */
record DiskWish(Disk disk, ImageFormat format, Optional<CaptureMode> mode, Optional<HostPath> file) {
    DiskTarget target() {
        return disk.target();
    }

    boolean raw() {
        return format == ImageFormat.RAW;
    }

    DiskWish orElse(CaptureMode otherwise) {
        return mode.isPresent() ? this : new DiskWish(disk, format, Optional.of(otherwise), file);
    }
}
