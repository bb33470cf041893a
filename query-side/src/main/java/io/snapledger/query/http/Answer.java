package io.snapledger.query.http;

import io.snapledger.query.read.Shown;
import io.snapledger.schema.query.Page;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a route answers: a record as JSON, text, or what is {@link Streamed}.
 *
 * @param next the cursor of the next page, where the body does not tell it
 * @param position the position of the log that it shows; empty where it shows nothing of the log
 */
record Answer(int status, Object body, String contentType, Optional<String> next, OptionalLong position) {
    static final String JSON = "application/json";

    static Answer of(Shown<?> shown) {
        return new Answer(200, shown.value(), JSON, Optional.empty(), OptionalLong.of(shown.position()));
    }

    static Answer of(Page<?> page) {
        return new Answer(200, page, JSON, Optional.empty(), OptionalLong.of(page.position()));
    }

    /** Work has begun; this is how far it is. */
    static Answer accepted(Record begun, long position) {
        return new Answer(202, begun, JSON, Optional.empty(), OptionalLong.of(position));
    }

    static Answer text(String text, String contentType, long position) {
        return new Answer(200, text, contentType, Optional.empty(), OptionalLong.of(position));
    }

    static Answer text(String text, String contentType) {
        return new Answer(200, text, contentType, Optional.empty(), OptionalLong.empty());
    }

    /** A body that is written as it comes, from what is at the position on. */
    static Answer streamed(Streamed body, String contentType, long position) {
        return new Answer(200, body, contentType, Optional.empty(), OptionalLong.of(position));
    }

    Answer with(Optional<String> cursor) {
        return new Answer(status, body, contentType, cursor, position);
    }
}
