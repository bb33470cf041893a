package io.snapledger.query.read;

import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Where a list goes on: after the entry with the key, in the list as it was at the position. Clients pass it back as it is.
 *
 * @param list which list gave it
 * @param asked the question that the list answered, where it takes one
 */
record Cursor(String list, long position, String key, Optional<String> asked) {

    Cursor(String list, long position, String key) {
        this(list, position, key, Optional.empty());
    }

    Cursor(String list, long position, String key, String asked) {
        this(list, position, key, Optional.of(asked).filter(a -> !a.isEmpty()));
    }

    String text() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Json.write(this).getBytes(StandardCharsets.UTF_8));
    }

    /** @throws BadQuestionException when the text is not what {@link #text()} of the same list gave */
    static Cursor parse(String list, String text) {
        return parse(list, text, "");
    }

    /** @throws BadQuestionException when the text is not what {@link #text()} gave, or gave for another question */
    static Cursor parse(String list, String text, String asked) {
        if (read(text) instanceof Json.Reading.Read<Cursor>(Cursor cursor)
                && cursor.list().equals(list)) {
            String before = cursor.asked().orElse("");
            if (!before.equals(asked)) {
                throw new BadQuestionException("cursor was given for the question \"" + Texts.shortened(before)
                        + "\", and this one is \"" + Texts.shortened(asked)
                        + "\"; ask the same again, or leave the cursor out to begin");
            }
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
            throw notAKey("a position");
        }
    }

    BadQuestionException notAKey(String wanted) {
        return new BadQuestionException(
                "cursor holds \"" + Texts.shortened(key) + "\" where this list gives " + wanted + "; begin anew");
    }
}
