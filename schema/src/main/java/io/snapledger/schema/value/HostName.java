package io.snapledger.schema.value;

import java.nio.charset.StandardCharsets;

/** The name of a hypervisor host, as its executor gives it. */
public record HostName(String value) implements Comparable<HostName> {
    private static final int MAX_BYTES = 200;

    /** @throws InvalidValueException {@code invalidName} */
    public HostName {
        if (value.isBlank()
                || value.startsWith(".")
                || value.indexOf('/') >= 0
                || Texts.hasControl(value)
                || value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new InvalidValueException(
                    RejectionCode.INVALID_NAME,
                    "host name \"" + Texts.shortened(value) + "\" cannot be used; give 1 to " + MAX_BYTES
                            + " bytes of UTF-8 that do not begin with \".\" and hold no \"/\" and no control character");
        }
    }

    @Override
    public int compareTo(HostName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
