package io.snapledger.schema.value;

import java.util.UUID;

/** Strict reading of UUIDs: {@link UUID#fromString} alone takes {@code 1-1-1-1-1} too, and a plus sign for a digit. */
final class Uuids {
    private static final int CANONICAL_LENGTH = 36;

    private Uuids() {}

    static UUID parse(String what, String text) {
        try {
            if (text.length() == CANONICAL_LENGTH) {
                UUID read = UUID.fromString(text);
                if (read.toString().equalsIgnoreCase(text)) {
                    return read;
                }
            }
        } catch (IllegalArgumentException e) {
            throw refused(what, text);
        }
        throw refused(what, text);
    }

    private static InvalidValueException refused(String what, String text) {
        return new InvalidValueException(
                RejectionCode.MALFORMED,
                what + " \"" + Texts.shortened(text)
                        + "\" is not a UUID; give one like 6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");
    }
}
