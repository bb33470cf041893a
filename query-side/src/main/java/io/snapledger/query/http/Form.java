package io.snapledger.query.http;

import java.util.Optional;

/** A form in which a route answers, as it is declared. */
sealed interface Form {

    /** JSON of this record, with the position that it shows. */
    record Of(Class<? extends Record> view) implements Form {}

    /** JSON of a page of such records. */
    record PageOf(Class<? extends Record> view) implements Form {}

    /** Text that is no JSON. */
    record Text(String type) implements Form {}

    default String mediaType() {
        return switch (this) {
            case Of _, PageOf _ -> Answer.JSON;
            case Text text -> text.type();
        };
    }

    default Optional<Class<? extends Record>> record() {
        return switch (this) {
            case Of of -> Optional.of(of.view());
            case PageOf page -> Optional.of(page.view());
            case Text _ -> Optional.empty();
        };
    }

    static Form of(Class<? extends Record> view) {
        return new Of(view);
    }

    static Form pageOf(Class<? extends Record> view) {
        return new PageOf(view);
    }

    static Form text(String type) {
        return new Text(type);
    }
}
