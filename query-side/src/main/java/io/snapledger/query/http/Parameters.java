package io.snapledger.query.http;

import io.javalin.http.Context;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.BadQuestionException;
import io.snapledger.query.read.SnapshotSearch;
import io.snapledger.query.read.Sort;
import io.snapledger.query.read.Start;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The parameters of one request, each read as what it must be. What cannot be read is a {@link BadQuestionException} that
 * names the parameter, its value and what would work.
 */
final class Parameters {
    private static final String POSITION = "a whole number from 0";
    static final int MOST = 1000;
    static final int USUAL = 100;

    /** Every GET takes it. */
    static final String AFTER = "after";

    private final Context context;
    private final Optional<String> form;

    private Parameters(Context context, Optional<String> form) {
        this.context = context;
        this.form = form;
    }

    /** Of a request that may carry whatever its sender likes. */
    static Parameters any(Context context) {
        return new Parameters(context, Optional.empty());
    }

    /** @throws BadQuestionException when a parameter is not known to the route, or is given twice */
    static Parameters of(Context context, Set<String> known, String form) {
        Optional.ofNullable(context.queryString()).ifPresent(QueryText::require);
        Map<String, List<String>> given = context.queryParamMap();
        Set<String> unknown = new TreeSet<>(given.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new BadQuestionException(unknown(unknown, known));
        }
        given.forEach((name, values) -> {
            if (values.size() > 1) {
                throw new BadQuestionException(
                        "query parameter \"" + name + "\" is given " + values.size() + " times; give it once");
            }
        });
        return new Parameters(context, Optional.of(form));
    }

    private static String unknown(Set<String> given, Set<String> known) {
        String meant = given.stream()
                .flatMap(name -> Nearest.to(name, known).stream())
                .distinct()
                .collect(Collectors.joining(" and "));
        return "unknown query parameter "
                + given.stream().map(Parameters::quoted).collect(Collectors.joining(", "))
                + (meant.isEmpty() ? "" : ", did you mean " + meant + "?")
                + "; "
                + (known.isEmpty()
                        ? "none is known here"
                        : "known here are " + String.join(", ", new TreeSet<>(known)));
    }

    /** Whether this is the media type, of those that the route offers, which the client wants most. */
    boolean accepts(String type) {
        return form.filter(type::equals).isPresent();
    }

    String path(String name) {
        return whole(name, context.pathParam(name));
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(context.queryParam(name)).map(text -> whole(name, text));
    }

    /** No name holds a NUL, and the database takes none. */
    private static String whole(String name, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new BadQuestionException(name + "=" + quoted(text) + " holds a NUL character; leave it out");
        }
        return text;
    }

    Optional<SnapshotName> snapshot(String name) {
        return text(name).map(SnapshotName::new);
    }

    Start start() {
        Optional<SnapshotName> from = snapshot("from");
        boolean current = flag("current");
        if (from.isPresent() && current) {
            throw new BadQuestionException("from and current are given together, and each names a snapshot; give one");
        }
        return current ? new Start.Current() : from.<Start>map(Start.At::new).orElseGet(Start.Everywhere::new);
    }

    Optional<Long> position(String name) {
        return parsed(name, POSITION, Parameters::toPosition);
    }

    /** A position in a header. */
    Optional<Long> headerPosition(String name) {
        return parsed(name, Optional.ofNullable(context.header(name)), POSITION, Parameters::toPosition);
    }

    private static Optional<Long> toPosition(String text) {
        long number = Long.parseLong(text);
        return number < 0 ? Optional.empty() : Optional.of(number);
    }

    int limit() {
        return parsed("limit", "a whole number from 1 to " + MOST, text -> {
                    int number = Integer.parseInt(text);
                    return number < 1 || number > MOST ? Optional.<Integer>empty() : Optional.of(number);
                })
                .orElse(USUAL);
    }

    Optional<Instant> time(String name) {
        return parsed(
                name,
                "a time of RFC 3339 such as 2026-11-21T08:00:00Z, with + written %2B",
                text -> Optional.of(OffsetDateTime.parse(text).toInstant()));
    }

    boolean flag(String name) {
        return parsed(name, "true or false, or no value for true", text -> switch (text) {
                    case "", "true" -> Optional.of(true);
                    case "false" -> Optional.of(false);
                    default -> Optional.empty();
                })
                .orElse(false);
    }

    <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        List<E> all = Arrays.asList(type.getEnumConstants());
        return parsed(
                name,
                "one of " + all.stream().map(Words::of).collect(Collectors.joining(", ")),
                text -> all.stream().filter(e -> Words.of(e).equals(text)).findFirst());
    }

    SnapshotSearch search() {
        return new SnapshotSearch(filters(), snapshot("name"), text("q"), text("actor"));
    }

    Optional<Sort> sort() {
        return parsed("sort", "one of " + String.join(", ", Sort.words()), Sort::parse);
    }

    Optional<HostName> host() {
        return text("host").map(HostName::new);
    }

    Set<SnapshotFilter> filters() {
        Set<SnapshotFilter> wanted = EnumSet.noneOf(SnapshotFilter.class);
        for (SnapshotFilter filter : SnapshotFilter.values()) {
            if (flag(Words.of(filter))) {
                wanted.add(filter);
            }
        }
        return wanted;
    }

    AsOf asOf() {
        return moment("asOf", "atSequence", "atPosition");
    }

    /** The moment that one of the parameters names; now when none is given. */
    AsOf moment(String time, String sequence, String position) {
        List<AsOf> given = Stream.of(
                        time(time).<AsOf>map(AsOf.AtTime::new),
                        position(sequence).<AsOf>map(AsOf.AtSequence::new),
                        position(position).<AsOf>map(AsOf.AtPosition::new))
                .flatMap(Optional::stream)
                .toList();
        if (given.size() > 1) {
            throw new BadQuestionException("more than one of " + time + ", " + sequence + " and " + position
                    + " is given, and each names a moment; give one");
        }
        return given.isEmpty() ? new AsOf.Now() : given.getFirst();
    }

    private <T> Optional<T> parsed(String name, String allowed, Function<String, Optional<T>> parse) {
        return parsed(name, text(name), allowed, parse);
    }

    private static <T> Optional<T> parsed(
            String name, Optional<String> text, String allowed, Function<String, Optional<T>> parse) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<T> value;
        try {
            value = parse.apply(text.get());
        } catch (NumberFormatException | DateTimeParseException _) {
            value = Optional.empty();
        }
        if (value.isEmpty()) {
            throw new BadQuestionException(name + "=" + quoted(text.get()) + " cannot be used; give " + allowed);
        }
        return value;
    }

    private static String quoted(String text) {
        return "\"" + Texts.shortened(text) + "\"";
    }
}
