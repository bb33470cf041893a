package io.snapledger.schema.value;

import java.nio.charset.StandardCharsets;

/** The name of a snapshot, unique in its domain (libvirt's rule N5; the length leaves room in generated file names). */
public record SnapshotName(String value) implements Comparable<SnapshotName> {
    private static final int MAX_BYTES = 200;

    /** @throws InvalidValueException {@code invalidName} */
    public SnapshotName {
        if (value.isBlank()
                || value.startsWith(".")
                || value.indexOf('/') >= 0
                || Texts.hasControl(value)
                || value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new InvalidValueException(
                    RejectionCode.INVALID_NAME,
                    "snapshot name \"" + Texts.shortened(value) + "\" cannot be used; give 1 to " + MAX_BYTES
                            + " bytes of UTF-8 that do not begin with \".\" and hold no \"/\" and no control character");
        }
    }

    @Override
    public int compareTo(SnapshotName other) {
        return Texts.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
