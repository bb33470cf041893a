package io.snapledger.schema.disk;

/** A disk as a command names it: by its target, or by the path of the file that it is on. */
public record DiskRef(String value) {

    /** @throws io.snapledger.schema.value.InvalidValueException when it is neither a target nor a path */
    public DiskRef {
        value = value.startsWith("/") ? new HostPath(value).value() : new DiskTarget(value).value();
    }

    public static DiskRef of(DiskTarget target) {
        return new DiskRef(target.value());
    }

    @Override
    public String toString() {
        return value;
    }
}
