package io.snapledger.query.http;

import io.snapledger.query.read.Sort;
import java.util.List;

/** The parameters that mean the same wherever they are taken. */
final class CommonParameters {
    /** Every GET of the API takes it. */
    static final Parameter AFTER = Parameter.whole(
            Parameters.AFTER, 0, Long.MAX_VALUE, "Answer only once this position of the log is applied, else 503.");

    static final Parameter DOMAIN = Parameter.path("domain", "The domain, by its name or its id.");
    static final Parameter SNAPSHOT = Parameter.path("name", "The snapshot, by its name.");
    static final Parameter FROM = Parameter.text("from", "Only what lies below this snapshot.");
    static final Parameter CURRENT = Parameter.flag("current", "Only what lies below the current snapshot.");

    /** The moment of which one asks; at most one of them is given. */
    static final List<Parameter> AS_OF = List.of(
            Parameter.time("asOf", "As it was at this time."),
            Parameter.whole("atSequence", 0, Long.MAX_VALUE, "As it was after this event of the domain."),
            Parameter.whole("atPosition", 0, Long.MAX_VALUE, "As it was at this position of the log."));

    /** The same of what is not of one domain, whose events count by the log alone. */
    static final List<Parameter> AS_OF_ALL =
            AS_OF.stream().filter(p -> !p.name().equals("atSequence")).toList();

    /** How a list is taken in parts. */
    static final List<Parameter> PAGING = List.of(
            Parameter.whole("limit", 1, Parameters.MOST, "How many at most; " + Parameters.USUAL + " unless told."),
            Parameter.text("cursor", "What the page before told as next."));

    static final Parameter HOST = Parameter.text("host", "Only what is on this host.");

    /** What restricts a list of snapshots beside libvirt's filters. */
    static final List<Parameter> SEARCH = List.of(
            Parameter.text("name", "Only those of this name."),
            Parameter.text("q", "With this text in the name or the description, in capitals or not."),
            Parameter.text("actor", "Had created by this person or service."));

    static final Parameter SORT = new Parameter(
            "sort",
            Parameter.Place.QUERY,
            new Parameter.Kind.OneOf(Sort.words()),
            "The order; with - it is the other way round. What has no known size comes last.");

    private CommonParameters() {}
}
