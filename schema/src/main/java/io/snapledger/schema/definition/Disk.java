package io.snapledger.schema.definition;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.CaptureMode;
import java.util.Optional;

/** A disk of a domain's definition, and how it takes part in snapshots unless a command says otherwise. */
public record Disk(
        DiskTarget target, HostPath file, ImageFormat format, boolean readOnly, Optional<CaptureMode> snapshot) {
    public Image image() {
        return new Image(file, format);
    }
}
