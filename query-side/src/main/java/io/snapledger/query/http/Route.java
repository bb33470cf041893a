package io.snapledger.query.http;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One route as data: what the server listens for, checks and measures, and what the description of the API says.
 *
 * @param path with its parameters in braces
 * @param meaning one sentence on what it answers
 * @param projection whose position a request may wait for
 * @param access whether a token is asked for, where one is configured
 * @param forms in which it answers, the usual one first
 */
record Route(
        Method method,
        String path,
        String meaning,
        Optional<String> projection,
        Access access,
        List<Parameter> parameters,
        List<Form> forms,
        Handler handler) {
    static final String API = "/api/v1";
    private static final Pattern IN_BRACES = Pattern.compile("\\{(\\w+)}");

    Route {
        parameters = List.copyOf(parameters);
        forms = List.copyOf(forms);
        Set<String> inPath = IN_BRACES
                .matcher(path)
                .results()
                .map((MatchResult r) -> r.group(1))
                .collect(Collectors.toUnmodifiableSet());
        if (!inPath.equals(names(parameters, Parameter.Place.PATH))) {
            throw new IllegalArgumentException(path + " declares other parameters of the path than it has");
        }
    }

    enum Method {
        GET,
        POST
    }

    enum Access {
        /** Only for who shows the token. */
        BY_TOKEN,
        /** For everybody who reaches the port. */
        OPEN
    }

    /** Answers one request. */
    @FunctionalInterface
    interface Handler {
        Answer answer(Parameters parameters);
    }

    /** The query parameters that are known here. */
    Set<String> known() {
        return names(parameters, Parameter.Place.QUERY);
    }

    private static Set<String> names(List<Parameter> parameters, Parameter.Place place) {
        return parameters.stream()
                .filter(p -> p.place() == place)
                .map(Parameter::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** A question below {@link #API} about what the projection shows; it may wait for a position. */
    static Draft question(String path, String projection, String meaning) {
        return new Draft(
                        Method.GET, API + path, meaning, Optional.of(projection), Access.BY_TOKEN, List.of(), List.of())
                .taking(CommonParameters.AFTER);
    }

    /** Something below {@link #API} that goes on and on. */
    static Draft stream(String path, String meaning) {
        return new Draft(Method.GET, API + path, meaning, Optional.empty(), Access.BY_TOKEN, List.of(), List.of());
    }

    /** Work of an operator's, below {@link #API}. */
    static Draft work(String path, String meaning) {
        return new Draft(Method.POST, API + path, meaning, Optional.empty(), Access.BY_TOKEN, List.of(), List.of());
    }

    /** For machines that watch the service; at the path as it is, and without a token. */
    static Draft open(String path, String meaning) {
        return new Draft(Method.GET, path, meaning, Optional.empty(), Access.OPEN, List.of(), List.of());
    }

    /** A route without its handler. */
    record Draft(
            Method method,
            String path,
            String meaning,
            Optional<String> projection,
            Access access,
            List<Parameter> parameters,
            List<Form> forms) {

        Draft taking(Parameter... more) {
            return taking(List.of(more));
        }

        Draft taking(List<Parameter> more) {
            return new Draft(method, path, meaning, projection, access, joined(parameters, more), forms);
        }

        Draft answering(Form... more) {
            return new Draft(method, path, meaning, projection, access, parameters, joined(forms, List.of(more)));
        }

        Route by(Handler handler) {
            return new Route(method, path, meaning, projection, access, parameters, forms, handler);
        }

        private static <T> List<T> joined(List<T> some, List<T> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }
}
