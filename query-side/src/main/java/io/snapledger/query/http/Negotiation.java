package io.snapledger.query.http;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The form in which a client wants its answer: the header Accept of RFC 9110, read against what a route offers. */
final class Negotiation {
    private static final String ANY = "*/*";

    private Negotiation() {}

    /** A range of media types with how much it is wanted, from 0, not at all, to 1. */
    private record Range(String type, double weight) {
        static Range parse(String text) {
            String[] parts = text.split(";", -1);
            double weight = Arrays.stream(parts)
                    .skip(1)
                    .map(String::strip)
                    .filter(p -> p.toLowerCase(Locale.ROOT).startsWith("q="))
                    .findFirst()
                    .map(p -> weight(p.substring(2)))
                    .orElse(1.0);
            return new Range(parts[0].strip().toLowerCase(Locale.ROOT), weight);
        }

        private static double weight(String text) {
            try {
                return Math.clamp(Double.parseDouble(text), 0, 1);
            } catch (NumberFormatException _) {
                return 1;
            }
        }

        boolean holds(String mediaType) {
            return type.equals(mediaType)
                    || type.equals(ANY)
                    || (type.endsWith("/*") && mediaType.startsWith(type.substring(0, type.length() - 1)));
        }

        /** The narrowest range that holds a type says how much that is wanted. */
        int width() {
            return type.equals(ANY) ? 2 : type.endsWith("/*") ? 1 : 0;
        }
    }

    /**
     * The media type, of those offered, that is wanted most; the one offered first where several are.
     *
     * @throws NotAcceptableException when none is wanted
     */
    static String choose(Optional<String> accept, List<String> offered) {
        List<Range> ranges = accept.filter(a -> !a.isBlank())
                .map(a -> Arrays.stream(a.split(",", -1)).map(Range::parse).toList())
                .orElse(List.of(new Range(ANY, 1)));
        return offered.stream()
                .filter(type -> weight(ranges, type) > 0)
                .min(Comparator.comparingDouble(type -> -weight(ranges, type)))
                .orElseThrow(() -> new NotAcceptableException("Accept \"" + accept.orElse("")
                        + "\" names none of the forms of this answer; give "
                        + offered.stream().distinct().collect(Collectors.joining(" or "))));
    }

    private static double weight(List<Range> ranges, String type) {
        return ranges.stream()
                .filter(range -> range.holds(type))
                .min(Comparator.comparingInt(Range::width).thenComparing(Range::weight, Comparator.reverseOrder()))
                .map(Range::weight)
                .orElse(0.0);
    }
}
