package io.snapledger.schema.xml;

import io.snapledger.schema.value.InvalidValueException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * The reading of any document, for {@code bin/fuzz xml}: it is read, or refused with a sentence. The first byte tells
 * whether it is to be redefined.
 */
public final class DocumentFuzz {
    private DocumentFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        Set<ParseFlag> flags = (input[0] & 1) != 0 ? EnumSet.of(ParseFlag.REDEFINE) : EnumSet.noneOf(ParseFlag.class);
        byte[] document = Arrays.copyOfRange(input, 1, input.length);
        try {
            DomainSnapshotXml.read(DomainSnapshotXml.decode(document), flags);
        } catch (InvalidValueException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw new IllegalStateException("refused without a sentence", e);
            }
        }
    }
}
