package io.snapledger.standalone.architecture;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The register of libvirt's rules tells what the tests prove. A test names its rules first: {@code A5_A7_modes_…}. */
class LibvirtRulesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern TEST = Pattern.compile("\\bvoid ((?:[A-Z]\\d{1,2}_)+)\\p{Lower}");
    private static final Pattern ROW =
            Pattern.compile("^\\| ([A-Z])(\\d+) \\| [^|]+ \\| ([^|]+) \\| ([^|]+) \\|$", Pattern.MULTILINE);
    private static final String PROVEN_BY_NONE = "–";

    /** What is said of a rule, by the word that it begins with. */
    private enum Here {
        AS("as libvirt"),
        OTHERWISE("otherwise: "),
        NONE("none: "),
        NOT("not done: ");

        private final String words;

        Here(String words) {
            this.words = words;
        }

        static Here of(Rule rule) {
            return Stream.of(values())
                    .filter(h -> rule.here().startsWith(h.words))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(rule.id() + " is neither as libvirt, otherwise, none nor not"
                            + " done, with the reason: " + rule.here()));
        }

        boolean proven() {
            return this == AS || this == OTHERWISE;
        }
    }

    private record Rule(String family, int number, String here, Set<String> provenBy) {
        String id() {
            return family + number;
        }
    }

    @Test
    void each_rule_is_proven_by_the_tests_that_name_it() throws IOException {
        Map<String, Set<String>> registered = new TreeMap<>();
        rules().stream().filter(r -> !r.provenBy().isEmpty()).forEach(r -> registered.put(r.id(), r.provenBy()));

        assertThat(named()).isEqualTo(registered);
    }

    @Test
    void a_rule_that_no_test_names_has_its_reason() throws IOException {
        for (Rule rule : rules()) {
            assertThat(Here.of(rule).proven())
                    .as(rule.id() + ": " + rule.here())
                    .isEqualTo(!rule.provenBy().isEmpty());
        }
    }

    @Test
    void no_rule_is_missing_and_they_are_counted() throws IOException {
        List<Rule> rules = rules();
        Map<String, List<Integer>> families = new TreeMap<>(rules.stream()
                .collect(groupingBy(Rule::family, mapping(Rule::number, toCollection(ArrayList::new)))));
        Map<Here, List<Rule>> kinds = rules.stream().collect(groupingBy(Here::of));

        assertThat(String.join("", families.keySet())).isEqualTo("AEFGKLNOPRTVWX");
        families.forEach((family, numbers) -> assertThat(numbers)
                .as(family)
                .isEqualTo(Stream.iterate(1, n -> n + 1).limit(numbers.size()).toList()));
        assertThat(register())
                .contains(
                        "%d rules: %d as libvirt, %d otherwise on purpose, %d without a counterpart here, %d not done."
                                .formatted(
                                        rules.size(),
                                        count(kinds, Here.AS),
                                        count(kinds, Here.OTHERWISE),
                                        count(kinds, Here.NONE),
                                        count(kinds, Here.NOT)));
    }

    private static int count(Map<Here, List<Rule>> kinds, Here here) {
        return kinds.getOrDefault(here, List.of()).size();
    }

    private static String register() throws IOException {
        return Files.readString(ROOT.resolve("docs/libvirt-rules.md"));
    }

    private static List<Rule> rules() throws IOException {
        return ROW.matcher(register()).results().map(LibvirtRulesTest::rule).toList();
    }

    private static Rule rule(MatchResult row) {
        Set<String> classes = row.group(4).equals(PROVEN_BY_NONE)
                ? Set.of()
                : new TreeSet<>(List.of(row.group(4).split(", ")));
        return new Rule(row.group(1), Integer.parseInt(row.group(2)), row.group(3), classes);
    }

    /** The classes of tests by the rules that their methods' names begin with. */
    private static Map<String, Set<String>> named() throws IOException {
        Map<String, Set<String>> named = new TreeMap<>();
        for (Path source : sources()) {
            String type = source.getFileName().toString().replace(".java", "");
            TEST.matcher(Files.readString(source))
                    .results()
                    .flatMap(m -> Stream.of(m.group(1).split("_")))
                    .forEach(id ->
                            named.computeIfAbsent(id, _ -> new TreeSet<>()).add(type));
        }
        return named;
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (var modules = Files.newDirectoryStream(ROOT)) {
            for (Path module : modules) {
                Path tests = module.resolve("src/test/java");
                if (Files.isDirectory(tests)) {
                    try (Stream<Path> files = Files.walk(tests)) {
                        files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }
}
