package io.snapledger.query.view;

import io.snapledger.schema.message.Json;
import java.nio.charset.StandardCharsets;
import org.jooq.JSONB;

/** How records of ours are kept in columns of type {@code jsonb}. */
public final class Stored {
    private Stored() {}

    public static JSONB json(Object value) {
        return JSONB.valueOf(Json.write(value));
    }

    public static <T> T read(JSONB json, Class<T> type) {
        return Json.readStored(json.data().getBytes(StandardCharsets.UTF_8), type);
    }
}
