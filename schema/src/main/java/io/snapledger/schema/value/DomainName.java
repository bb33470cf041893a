package io.snapledger.schema.value;

import java.nio.charset.StandardCharsets;

/** The name of a domain, unique in the fleet. */
public record DomainName(String value) implements Comparable<DomainName> {
    private static final int MAX_BYTES = 200;

    /** @throws InvalidValueException {@code invalidName} */
    public DomainName {
        if (value.isBlank()
                || value.startsWith(".")
                || value.indexOf('/') >= 0
                || Texts.hasControl(value)
                || value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new InvalidValueException(
                    RejectionCode.INVALID_NAME,
                    "domain name \"" + Texts.shortened(value) + "\" cannot be used; give 1 to " + MAX_BYTES
                            + " bytes of UTF-8 that do not begin with \".\" and hold no \"/\" and no control character");
        }
    }

    @Override
    public int compareTo(DomainName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
