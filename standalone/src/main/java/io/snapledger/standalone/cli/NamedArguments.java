package io.snapledger.standalone.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/**
 * virsh's other way to give what has a place: {@code snapshot-info --domain web --snapshotname clean}. What is named leaves its
 * place, and what is not fills those that are left.
 */
final class NamedArguments implements IParameterPreprocessor {
    private static final String FIRST = "DOMAIN";
    private static final Map<String, String> WORDS =
            Map.of(FIRST, "--domain", "NAME", "--snapshotname", "DESCRIPTION", "--description");
    /** Their NAME is of a snapshot that is not there yet. */
    private static final Set<String> NAMING = Set.of("snapshot-create-as", "snapshot-branch");

    /** The option that may stand for a place of a verb whose first place is a domain; none where the verb has it itself. */
    static Optional<String> option(CommandSpec verb, PositionalParamSpec place) {
        List<PositionalParamSpec> places = verb.positionalParameters();
        if (places.isEmpty() || !places.getFirst().paramLabel().equals(FIRST)) {
            return Optional.empty();
        }
        boolean ofNew = place.paramLabel().equals("NAME") && NAMING.contains(verb.name());
        return Optional.ofNullable(ofNew ? "--name" : WORDS.get(place.paramLabel()))
                .filter(word -> !verb.optionsMap().containsKey(word));
    }

    /** What a shell may complete: each of them as an option of the verb. */
    static List<OptionSpec> options(CommandSpec verb) {
        return verb.positionalParameters().stream()
                .flatMap(place -> option(verb, place).stream())
                .map(word -> OptionSpec.builder(word).type(String.class).build())
                .toList();
    }

    /** Always leaves the reading to picocli. */
    @Override
    @SuppressWarnings("JdkObsolete") // picocli's own type
    public boolean preprocess(Stack<String> arguments, CommandSpec verb, ArgSpec none, Map<String, Object> details) {
        Map<String, Integer> places = places(verb);
        if (arguments.stream().anyMatch(a -> places.containsKey(key(a)))) {
            List<String> said = new ArrayList<>(arguments);
            Collections.reverse(said);
            List<String> placed = placed(verb, places, new ArrayDeque<>(said));
            arguments.clear();
            placed.reversed().forEach(arguments::push);
        }
        return false;
    }

    private static Map<String, Integer> places(CommandSpec verb) {
        Map<String, Integer> places = new HashMap<>();
        List<PositionalParamSpec> all = verb.positionalParameters();
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            option(verb, all.get(i)).ifPresent(word -> places.put(word, place));
        }
        return places;
    }

    private static List<String> placed(CommandSpec verb, Map<String, Integer> places, Deque<String> said) {
        Map<Integer, String> named = new HashMap<>();
        Deque<String> unnamed = new ArrayDeque<>();
        List<String> all = new ArrayList<>();
        while (!said.isEmpty()) {
            String word = said.pop();
            Integer place = places.get(key(word));
            if (word.equals("--")) {
                unnamed.addAll(said);
                said.clear();
            } else if (place != null) {
                if (named.put(place, value(verb, word, said)) != null) {
                    throw new ParameterException(verb.commandLine(), "option " + key(word) + " is given twice");
                }
            } else if (word.startsWith("-") && word.length() > 1) {
                all.add(word);
                OptionSpec option = verb.optionsMap().get(word);
                if (option != null && option.arity().min() > 0 && !said.isEmpty()) {
                    all.add(said.pop());
                }
            } else {
                unnamed.add(word);
            }
        }
        all.add("--");
        for (int i = 0; i < verb.positionalParameters().size() && (named.containsKey(i) || !unnamed.isEmpty()); i++) {
            all.add(named.containsKey(i) ? named.get(i) : unnamed.pop());
        }
        all.addAll(unnamed);
        return all;
    }

    private static String key(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private static String value(CommandSpec verb, String word, Deque<String> rest) {
        int equals = word.indexOf('=');
        if (equals >= 0) {
            return word.substring(equals + 1);
        }
        if (rest.isEmpty()) {
            throw new ParameterException(verb.commandLine(), "expected syntax: " + word + " <string>");
        }
        return rest.pop();
    }
}
