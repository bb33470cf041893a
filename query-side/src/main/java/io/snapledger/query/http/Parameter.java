package io.snapledger.query.http;

import io.snapledger.schema.message.Words;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a route takes, as it is declared.
 *
 * @param meaning one sentence for whoever reads the description of the API
 */
record Parameter(String name, Place place, Kind kind, String meaning) {

    /** Where in the request it stands. */
    enum Place {
        PATH,
        QUERY,
        HEADER
    }

    /** What its text must be. */
    sealed interface Kind {
        record Text() implements Kind {}

        /** True, false, or no value for true. */
        record Flag() implements Kind {}

        record Whole(long least, long most) implements Kind {}

        /** A moment as RFC 3339 writes it. */
        record Time() implements Kind {}

        record OneOf(List<String> words) implements Kind {
            public OneOf {
                words = List.copyOf(words);
            }
        }
    }

    static Parameter path(String name, String meaning) {
        return new Parameter(name, Place.PATH, new Kind.Text(), meaning);
    }

    static Parameter text(String name, String meaning) {
        return new Parameter(name, Place.QUERY, new Kind.Text(), meaning);
    }

    /** A position of the log, in a header. */
    static Parameter header(String name, String meaning) {
        return new Parameter(name, Place.HEADER, new Kind.Whole(0, Long.MAX_VALUE), meaning);
    }

    static Parameter flag(String name, String meaning) {
        return new Parameter(name, Place.QUERY, new Kind.Flag(), meaning);
    }

    static Parameter whole(String name, long least, long most, String meaning) {
        return new Parameter(name, Place.QUERY, new Kind.Whole(least, most), meaning);
    }

    static Parameter time(String name, String meaning) {
        return new Parameter(name, Place.QUERY, new Kind.Time(), meaning);
    }

    static Parameter oneOf(String name, Class<? extends Enum<?>> words, String meaning) {
        Stream<Enum<?>> all = Arrays.stream(words.getEnumConstants());
        return new Parameter(
                name, Place.QUERY, new Kind.OneOf(all.map(Words::of).toList()), meaning);
    }
}
