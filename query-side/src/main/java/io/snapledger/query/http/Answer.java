package io.snapledger.query.http;

import io.snapledger.query.read.Shown;
import io.snapledger.schema.query.Page;
import java.util.Optional;

/**
 * What a route answers: a record as JSON, or text.
 *
 * @param next the cursor of the next page, where the body does not tell it
 * @param position the position of the log that it shows
 */
record Answer(int status, Object body, String contentType, Optional<String> next, long position) {
    static final String JSON = "application/json";

    static Answer of(Shown<?> shown) {
        return new Answer(200, shown.value(), JSON, Optional.empty(), shown.position());
    }

    static Answer of(Page<?> page) {
        return new Answer(200, page, JSON, Optional.empty(), page.position());
    }

    static Answer text(String text, String contentType, long position) {
        return new Answer(200, text, contentType, Optional.empty(), position);
    }

    Answer with(Optional<String> cursor) {
        return new Answer(status, body, contentType, cursor, position);
    }
}
