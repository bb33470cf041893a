package io.snapledger.query.http;

import io.snapledger.query.read.BadQuestionException;
import io.snapledger.schema.value.Texts;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The part of an address after the question mark, which must be percent-encoded UTF-8: what is not is never guessed at. */
final class QueryText {
    private QueryText() {}

    /** @throws BadQuestionException when it cannot be decoded */
    static void require(String query) {
        ByteBuffer bytes = ByteBuffer.allocate(query.length() * 3);
        for (int i = 0; i < query.length(); i++) {
            char c = query.charAt(i);
            if (c != '%') {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            } else if (i + 2 < query.length()
                    && HexFormat.isHexDigit(query.charAt(i + 1))
                    && HexFormat.isHexDigit(query.charAt(i + 2))) {
                bytes.put((byte) HexFormat.fromHexDigits(query, i + 1, i + 3));
                i += 2;
            } else {
                throw refused(query, "a % that begins no escape; write %25");
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
        } catch (CharacterCodingException _) {
            throw refused(query, "bytes that are no UTF-8; percent-encode the UTF-8 of what is meant");
        }
    }

    private static BadQuestionException refused(String query, String why) {
        return new BadQuestionException("the query \"" + Texts.shortened(query) + "\" holds " + why);
    }
}
