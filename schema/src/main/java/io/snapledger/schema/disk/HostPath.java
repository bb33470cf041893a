package io.snapledger.schema.disk;

import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * An absolute path on a host, already in its plain form: no {@code .}, {@code ..}, empty part, control character or
 * protocol prefix. Whether links lead out of the storage roots only the executor can tell.
 */
public record HostPath(String value) implements Comparable<HostPath> {
    private static final int MAX_BYTES = 4095;
    private static final int MAX_NAME_BYTES = 255;

    /** @throws InvalidValueException {@code pathNotAllowed} */
    public HostPath {
        if (!plain(value)) {
            throw new InvalidValueException(
                    RejectionCode.PATH_NOT_ALLOWED,
                    "path \"" + Texts.shortened(value)
                            + "\" cannot be used; give an absolute path without \"..\", \".\", empty parts or control characters");
        }
    }

    private static boolean plain(String value) {
        if (!value.startsWith("/") || value.length() < 2 || Texts.hasControl(value)) {
            return false;
        }
        List<String> parts = Arrays.asList(value.substring(1).split("/", -1));
        return parts.stream().noneMatch(HostPath::oddPart)
                && value.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
    }

    private static boolean oddPart(String part) {
        return part.isEmpty()
                || part.equals(".")
                || part.equals("..")
                || part.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
    }

    /** The last part of the path. */
    public String fileName() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    /** The path of another file in the same folder. */
    public HostPath sibling(String fileName) {
        return new HostPath(value.substring(0, value.lastIndexOf('/') + 1) + fileName);
    }

    /** Whether this path lies below the given folder. */
    public boolean isUnder(HostPath folder) {
        return value.startsWith(folder.value + "/");
    }

    @Override
    public int compareTo(HostPath other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
