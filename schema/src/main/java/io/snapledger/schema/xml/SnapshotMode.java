package io.snapledger.schema.xml;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The words of {@code snapshot='…'} on memory and disks. */
public enum SnapshotMode {
    NO,
    INTERNAL,
    EXTERNAL,
    /** The user takes the snapshot of that disk with means of his own; disks only. */
    MANUAL;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<SnapshotMode> of(String word) {
        return Arrays.stream(values()).filter(m -> m.word().equals(word)).findFirst();
    }
}
