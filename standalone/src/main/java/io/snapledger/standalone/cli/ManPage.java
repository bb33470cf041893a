package io.snapledger.standalone.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page, in the language of man(7), made of the same model that reads the command line. What many commands take is
 * described once.
 */
final class ManPage {
    private static final int MANY = 5;
    private static final Pattern VARIABLE = Pattern.compile("SNAPLEDGER_\\w+");

    private final CommandSpec root;
    private final Map<String, OptionSpec> shared;
    private final StringBuilder text = new StringBuilder();

    private ManPage(CommandSpec root) {
        this.root = root;
        this.shared = shared(verbs(root));
    }

    static String of(CommandSpec root) {
        return new ManPage(root).written();
    }

    /** Each once, by name. */
    static Collection<CommandSpec> verbs(CommandSpec root) {
        Map<String, CommandSpec> verbs = new TreeMap<>();
        root.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(verb -> !verb.usageMessage().hidden())
                .forEach(verb -> verbs.put(verb.name(), verb));
        return verbs.values();
    }

    private static Map<String, OptionSpec> shared(Collection<CommandSpec> verbs) {
        Map<String, List<OptionSpec>> all = verbs.stream()
                .flatMap(verb -> verb.options().stream())
                .filter(option -> !option.hidden())
                .collect(Collectors.groupingBy(ManPage::described, TreeMap::new, Collectors.toList()));
        Map<String, OptionSpec> shared = new TreeMap<>();
        all.forEach((described, options) -> {
            if (options.size() >= MANY) {
                shared.put(described, options.getFirst());
            }
        });
        return shared;
    }

    private static String described(OptionSpec option) {
        return heading(option) + " " + String.join(" ", option.description());
    }

    private static String heading(OptionSpec option) {
        String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        return String.join(", ", option.names()) + label;
    }

    private String written() {
        line(".TH " + root.name().toUpperCase(Locale.ROOT) + " 1 \"\" \"" + version() + "\" \"Snapledger\"");
        line(".nh");
        line(".ad l");
        section("NAME");
        line(escaped(root.name()) + " \\- "
                + escaped(String.join(" ", root.usageMessage().description())));
        section("SYNOPSIS");
        line(".B " + escaped(root.name()));
        line(".I COMMAND");
        line("[\\fIoption\\fR]... [\\fIargument\\fR]...");
        section("DESCRIPTION");
        paragraph(
                "Commands of virsh's names take virsh's words and options; an argument that has a place may be named as well,"
                        + " such as --domain web --snapshotname clean. Those that change something send a command and wait until all"
                        + " that it asks for is done; the others ask the query API.");
        section("COMMANDS");
        verbs(root).forEach(this::verb);
        section("SHARED OPTIONS");
        paragraph("They mean the same wherever they are taken.");
        shared.values().forEach(this::option);
        section("EXIT STATUS");
        item("0", "done");
        item("1", "refused, or failed");
        item("2", "wrong usage; nobody was asked");
        item("3", "the service is out of reach, or did not answer in time");
        section("ENVIRONMENT");
        variables().forEach((name, options) -> item(name, "see " + String.join(", ", options)));
        return text.toString();
    }

    private String version() {
        return String.join(" ", root.version());
    }

    /** The variables that the descriptions of options speak of. */
    private Map<String, Set<String>> variables() {
        Map<String, Set<String>> variables = new TreeMap<>();
        for (OptionSpec option :
                verbs(root).stream().flatMap(v -> v.options().stream()).toList()) {
            VARIABLE.matcher(String.join(" ", option.description()))
                    .results()
                    .forEach(found -> variables
                            .computeIfAbsent(found.group(), _ -> new TreeSet<>())
                            .add(option.longestName()));
        }
        return variables;
    }

    private void verb(CommandSpec verb) {
        line(".SS " + escaped(verb.name()));
        paragraph(String.join("\n", verb.usageMessage().description()));
        line(".PP");
        line("\\fB" + escaped(synopsis(verb)) + "\\fR");
        for (PositionalParamSpec place : verb.positionalParameters()) {
            String named = NamedArguments.option(verb, place)
                    .map(o -> "or " + o + " " + place.paramLabel())
                    .orElse("");
            String described = String.join(" ", place.description());
            item(
                    place.paramLabel(),
                    Stream.of(described, named).filter(t -> !t.isEmpty()).collect(Collectors.joining("; ")));
        }
        List<String> also = new ArrayList<>();
        for (OptionSpec option : verb.options()) {
            if (shared.containsKey(described(option))) {
                also.add(option.longestName());
            } else if (!option.hidden()) {
                option(option);
            }
        }
        if (!also.isEmpty()) {
            paragraph("Shared options: " + String.join(", ", also));
        }
        if (!verb.subcommands().isEmpty()) {
            verbs(verb).forEach(this::verb);
        }
    }

    private static String synopsis(CommandSpec verb) {
        return new Help(verb, Help.defaultColorScheme(Help.Ansi.OFF))
                .abbreviatedSynopsis()
                .strip();
    }

    private void option(OptionSpec option) {
        item(heading(option), String.join(" ", option.description()));
    }

    private void section(String name) {
        line(".SH " + name);
    }

    private void item(String what, String meaning) {
        line(".TP");
        line(".B " + escaped(what));
        line(escaped(meaning));
    }

    private void paragraph(String of) {
        of.lines().forEach(l -> {
            line(".PP");
            line(escaped(l));
        });
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    /** So that nothing in it is a request, an escape or a hyphen that may be broken at. */
    private static String escaped(String plain) {
        String text = plain.replace("\\", "\\e").replace("-", "\\-").replace("\n", " ");
        return text.startsWith(".") || text.startsWith("'") ? "\\&" + text : text.isEmpty() ? "\\&" : text;
    }
}
