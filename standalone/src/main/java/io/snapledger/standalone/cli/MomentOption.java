package io.snapledger.standalone.cli;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The moment of which a verb tells; now unless told. */
final class MomentOption {
    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            converter = Texts.Moment.class,
            description = "as it was then, for example 2026-11-21T08:00:00Z")
    private Optional<Instant> asOf = Optional.empty();

    boolean given() {
        return asOf.isPresent();
    }

    /** As the query API takes it. */
    Map<String, String> parameters() {
        return asOf.map(t -> Map.of("asOf", t.toString())).orElse(Map.of());
    }
}
