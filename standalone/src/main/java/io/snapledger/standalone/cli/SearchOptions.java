package io.snapledger.standalone.cli;

import io.snapledger.query.read.Sort;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What restricts and orders lists of snapshots beside libvirt's filters. */
final class SearchOptions {
    @Option(names = "--actor", paramLabel = "WHO", description = "taken on behalf of this person or service")
    private Optional<String> actor = Optional.empty();

    @Option(names = "--text", paramLabel = "TEXT", description = "with this text in the name or the description")
    private Optional<String> text = Optional.empty();

    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description = "by createdAt, name, size or depth in place of the usual order; with - the other way round")
    private Optional<String> sort = Optional.empty();

    void check(Verb verb) {
        sort.filter(s -> Sort.parse(s).isEmpty()).ifPresent(s -> {
            throw verb.wrong("--sort \"" + s + "\" is not known; give one of " + String.join(", ", Sort.words()));
        });
    }

    boolean sorts() {
        return sort.isPresent();
    }

    /** The names of those that are given. */
    List<String> given() {
        List<String> given = new ArrayList<>();
        actor.ifPresent(_ -> given.add("--actor"));
        text.ifPresent(_ -> given.add("--text"));
        sort.ifPresent(_ -> given.add("--sort"));
        return given;
    }

    /** As the query API takes them. */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        actor.ifPresent(a -> parameters.put("actor", a));
        text.ifPresent(t -> parameters.put("q", t));
        sort.ifPresent(s -> parameters.put("sort", s));
        return parameters;
    }
}
