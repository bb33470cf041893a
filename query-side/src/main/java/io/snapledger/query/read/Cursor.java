package io.snapledger.query.read;

import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Where a list goes on: after the entry with the key, in the list as it was at the position. Clients pass it back as it is.
 *
 * @param list which list gave it
 */
record Cursor(String list, long position, String key) {

    String text() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Json.write(this).getBytes(StandardCharsets.UTF_8));
    }

    /** @throws BadQuestionException when the text is not what {@link #text()} of the same list gave */
    static Cursor parse(String list, String text) {
        if (read(text) instanceof Json.Reading.Read<Cursor>(Cursor cursor)
                && cursor.list().equals(list)) {
            return cursor;
        }
        throw new BadQuestionException("cursor \"" + Texts.shortened(text)
                + "\" is none that this list gave; pass on \"next\" of the page before, or leave it out to begin");
    }

    private static Json.Reading<Cursor> read(String text) {
        try {
            return Json.readSent(Base64.getUrlDecoder().decode(text), Cursor.class);
        } catch (IllegalArgumentException _) {
            return Json.readSent(new byte[0], Cursor.class);
        }
    }

    /** The key of a list that is in the order of the log. */
    long keyAsPosition() {
        try {
            return Long.parseLong(key);
        } catch (NumberFormatException e) {
            throw new BadQuestionException(
                    "cursor holds \"" + Texts.shortened(key) + "\" where this list gives a position; begin anew");
        }
    }
}
