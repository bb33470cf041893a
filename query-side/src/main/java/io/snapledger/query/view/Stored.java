package io.snapledger.query.view;

import io.snapledger.schema.message.Json;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jooq.JSONB;

/** How records of ours are kept in columns of type {@code jsonb}, and texts of others in columns of type {@code text}. */
public final class Stored {
    private static final String ESCAPED_NUL = "\\u0000";

    /** A NUL as JSON escapes it, but not a backslash before the text {@code u0000}. */
    private static final Pattern NUL_IN_JSON = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000");

    private Stored() {}

    public static JSONB json(Object value) {
        String json = Json.write(value);
        return JSONB.valueOf(
                json.contains(ESCAPED_NUL) ? NUL_IN_JSON.matcher(json).replaceAll("$1\\\\ufffd") : json);
    }

    /** The text as PostgreSQL can keep it: it has no place for a NUL, which a client or a tool may well send. */
    public static String text(String text) {
        return text.replace('\0', '\ufffd');
    }

    public static <T> T read(JSONB json, Class<T> type) {
        return Json.readStored(json.data().getBytes(StandardCharsets.UTF_8), type);
    }
}
