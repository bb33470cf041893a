package io.snapledger.schema.value;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** The identity of a domain (a virtual machine): a UUID, as libvirt's. */
public record DomainId(UUID value) implements Comparable<DomainId> {
    public DomainId {
        requireNonNull(value, "domain id");
    }

    /** @throws InvalidValueException when the text is no UUID in its canonical form */
    public static DomainId parse(String text) {
        return new DomainId(Uuids.parse("domain id", text));
    }

    @Override
    public int compareTo(DomainId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
