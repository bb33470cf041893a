package io.snapledger.query.read;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.SnapshotFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What was asked, as text: a cursor goes on only with the question that it was given for. */
final class Asked {
    private final List<String> parts = new ArrayList<>();

    Asked with(String name, Object value) {
        parts.add(name + "=" + value);
        return this;
    }

    Asked with(String name, Optional<?> value) {
        value.ifPresent(v -> with(name, v));
        return this;
    }

    Asked with(Set<SnapshotFilter> filters) {
        filters.stream().sorted().forEach(f -> parts.add(Words.of(f)));
        return this;
    }

    Asked flag(String name, boolean given) {
        if (given) {
            parts.add(name);
        }
        return this;
    }

    Asked with(AsOf asOf) {
        return switch (asOf) {
            case AsOf.Now _ -> this;
            case AsOf.AtPosition at -> with("atPosition", at.position());
            case AsOf.AtSequence at -> with("atSequence", at.sequence());
            case AsOf.AtTime at -> with("asOf", at.time());
        };
    }

    String text() {
        return String.join("&", parts);
    }
}
