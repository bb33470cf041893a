package io.snapledger.schema.snapshot;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;

/** How one disk is held by a snapshot: not at all, by a tag inside a layer, or by a layer frozen under an overlay. */
public sealed interface DiskCapture {
    DiskTarget target();

    /** The snapshot does not hold this disk; a revert leaves it as it is. */
    record None(DiskTarget target) implements DiskCapture {}

    /** The state is a tag inside the layer {@code file}. */
    record Internal(DiskTarget target, HostPath file, String tag) implements DiskCapture {}

    /** The state is the layer {@code base}; {@code file} is the overlay made on top of it (libvirt's source). */
    record External(DiskTarget target, HostPath base, HostPath file, ImageFormat format) implements DiskCapture {}
}
