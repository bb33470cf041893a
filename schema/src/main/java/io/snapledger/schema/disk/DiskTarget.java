package io.snapledger.schema.disk;

import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import java.util.regex.Pattern;

/** The name that a disk has in its domain: libvirt's {@code <target dev='vda'>}. */
public record DiskTarget(String value) implements Comparable<DiskTarget> {
    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9]{0,15}");

    /** @throws InvalidValueException {@code malformed} */
    public DiskTarget {
        if (!FORM.matcher(value).matches()) {
            throw new InvalidValueException(
                    RejectionCode.MALFORMED,
                    "disk target \"" + Texts.shortened(value)
                            + "\" is not a device name; give one like vda: a lower-case letter, then up to 15 letters or digits");
        }
    }

    @Override
    public int compareTo(DiskTarget other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
