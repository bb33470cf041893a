package io.snapledger.schema.disk;

import java.util.Optional;

/** One file of a disk, and the file that it is based on. */
public record Layer(DiskTarget target, Image image, Optional<HostPath> backing, Origin origin) {

    /** Where a layer comes from; only what an operation of ours made may ever be removed. */
    public enum Origin {
        /** The disk that the domain was defined with. */
        DEFINED,
        /** An overlay that an operation made. */
        MADE,
        /** A file that a user made and gave to us to use. */
        REUSED,
        /** A file that was there when a snapshot that refers to it was made known. */
        ADOPTED,
        /** What the record of a snapshot that went without its files left to the user: kept as it is, for good. */
        RELEASED
    }

    public HostPath file() {
        return image.file();
    }

    public Layer onto(HostPath other) {
        return new Layer(target, image, Optional.of(other), origin);
    }

    public Layer withOrigin(Origin other) {
        return new Layer(target, image, backing, other);
    }
}
