package io.snapledger.schema.value;

/** How one disk, or the memory, takes part in a snapshot. */
public enum CaptureMode {
    NONE,
    INTERNAL,
    EXTERNAL
}
