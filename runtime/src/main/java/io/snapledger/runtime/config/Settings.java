package io.snapledger.runtime.config;

import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Typed reading of keys and values, in three moves: name the settings, {@link #check()}, take the values.
 *
 * {@snippet :
 * static ServerConfig from(Map<String, String> values) {
 *     var settings = Settings.of(values);
 *     var port = settings.integer("http.port", 0, 65535).orElse(8080);
 *     var wait = settings.duration("poll.wait", Duration.ofMillis(1), Duration.ofMinutes(1)).required();
 *     settings.check();
 *     return new ServerConfig(port.get(), wait.get());
 * }
 * }
 *
 * <p>{@code check} reports every problem in one exception; a key that nobody asked for is one. A key is lower-case words
 * with dots between. A blank value counts as none. For one thread.
 */
public final class Settings {
    private static final String PREFIX = "SNAPLEDGER_";
    private static final String FILE = PREFIX + "CONFIG";

    /** How much is logged; logback.xml reads it. */
    private static final String LOG = PREFIX + "LOG";

    private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*(\\.[a-z0-9]+)*");
    private static final Pattern SHORT_TIME = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

    private final Map<String, String> values;
    private final Set<String> known = new TreeSet<>();
    private final Set<String> secret = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private final List<Described> described = new ArrayList<>();
    private boolean checked;
    private boolean onlyDescribes;

    private Settings(Map<String, String> values) {
        this.values = values;
    }

    /**
     * A setting as a reference has it.
     *
     * @param absent what stands for its absence
     */
    public record Described(String key, String allowed, String absent, String about) {}

    /** Thrown in place of a check when only the names were of interest. */
    private static final class OnlyDescribed extends RuntimeException {
        private static final long serialVersionUID = 1;

        OnlyDescribed() {
            super(null, null, false, false);
        }
    }

    /** All settings that the reader asks for before its check, in that order. */
    public static List<Described> described(Consumer<Settings> reader) {
        var settings = new Settings(Map.of());
        settings.onlyDescribes = true;
        try {
            reader.accept(settings);
        } catch (OnlyDescribed _) {
            return List.copyOf(settings.described);
        }
        throw new IllegalStateException("the settings were never checked");
    }

    /** The settings in a map of keys and texts. */
    public static Settings of(Map<String, String> values) {
        var present = new TreeMap<String, String>();
        values.forEach((key, value) -> {
            if (!value.isBlank()) {
                present.put(key, value.strip());
            }
        });
        return new Settings(present);
    }

    /**
     * The values that an environment gives: {@code SNAPLEDGER_HTTP_PORT} is {@code http.port}, and {@code
     * SNAPLEDGER_CONFIG} names a properties file whose values stand behind those of the environment.
     *
     * @throws SettingsException when the file cannot be read
     */
    public static Map<String, String> environment(Map<String, String> environment) {
        var values = new TreeMap<String, String>();
        Optional.ofNullable(environment.get(FILE))
                .filter(name -> !name.isBlank())
                .ifPresent(name -> values.putAll(file(name)));
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !name.equals(FILE) && !name.equals(LOG)) {
                values.put(
                        name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return values;
    }

    /** The values in a properties file, in UTF-8. */
    private static Map<String, String> file(String name) {
        try {
            return loaded(name);
        } catch (IOException | IllegalArgumentException e) {
            var thrown = new SettingsException(List.of(
                    "%s = \"%s\" cannot be read (%s); allowed: a properties file in UTF-8".formatted(FILE, name, e)));
            thrown.initCause(e);
            throw thrown;
        }
    }

    private static Map<String, String> loaded(String name) throws IOException {
        var properties = new Properties();
        properties.load(new StringReader(Files.readString(Path.of(name))));
        var values = new TreeMap<String, String>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return values;
    }

    /** Any text. */
    public Setting<String> text(String key) {
        return read(key, "text", Optional::of);
    }

    /** What is in a properties file, which may be secret. */
    public Setting<Map<String, String>> properties(String key) {
        return read(key, "a properties file in UTF-8 that can be read", text -> {
            try {
                return Optional.of(loaded(text));
            } catch (IOException | IllegalArgumentException _) {
                return Optional.empty();
            }
        });
    }

    /** A text that is never printed. */
    public Setting<Secret> secret(String key) {
        secret.add(key);
        return read(key, "text, which is kept secret", text -> Optional.of(new Secret(text)));
    }

    /** A path; a relative one starts at the working directory. */
    public Setting<Path> path(String key) {
        return read(key, "a path", text -> {
            try {
                return Optional.of(Path.of(text));
            } catch (InvalidPathException _) {
                return Optional.empty();
            }
        });
    }

    /** A whole number within both bounds. */
    public Setting<Integer> integer(String key, int least, int most) {
        return read(key, "a whole number from %d to %d".formatted(least, most), text -> {
            try {
                var number = new BigInteger(text);
                return number.compareTo(BigInteger.valueOf(least)) >= 0
                                && number.compareTo(BigInteger.valueOf(most)) <= 0
                        ? Optional.of(number.intValueExact())
                        : Optional.empty();
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        });
    }

    /** A time within both bounds, written {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 1d} or as in ISO 8601. */
    public Setting<Duration> duration(String key, Duration least, Duration most) {
        var allowed =
                "a time such as 500ms, 10s, 5m, 2h, 1d or PT1M30S, from %s to %s".formatted(brief(least), brief(most));
        return read(
                key,
                allowed,
                text -> time(text).filter(time -> time.compareTo(least) >= 0 && time.compareTo(most) <= 0));
    }

    /** {@code true} or {@code false}. */
    public Setting<Boolean> flag(String key) {
        return read(key, "true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    /** One of an enum's constants, written in lower case with dashes. */
    public <E extends Enum<E>> Setting<E> choice(String key, Class<E> type) {
        var constants = type.getEnumConstants();
        return read(
                key,
                "one of "
                        + String.join(
                                ", ",
                                Arrays.stream(constants).map(Settings::written).toList()),
                text -> Arrays.stream(constants)
                        .filter(constant -> written(constant).equals(text))
                        .findFirst());
    }

    /** Texts with commas between; none is empty. */
    public Setting<List<String>> list(String key) {
        return read(key, "texts with commas between", text -> {
            var parts = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
            return parts.contains("") ? Optional.empty() : Optional.of(parts);
        });
    }

    /**
     * Ends the naming: from here on values can be taken.
     *
     * @throws SettingsException with every problem, when there is one
     */
    public void check() {
        if (onlyDescribes) {
            throw new OnlyDescribed();
        }
        values.keySet().stream()
                .filter(key -> !known.contains(key))
                .forEach(key -> problems.add("%s is not known; allowed: %s".formatted(key, String.join(", ", known))));
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        checked = true;
    }

    /** What was given, a line for each key, secrets hidden; a key nobody asked for may be a secret and is hidden too. */
    @Override
    public String toString() {
        var lines = new ArrayList<String>();
        values.forEach((key, value) -> lines.add(key + " = " + (printable(key) ? value : "***")));
        return String.join("\n", lines);
    }

    void describe(Described setting) {
        described.add(setting);
    }

    static String shown(Object value) {
        if (value instanceof Duration time) {
            return brief(time);
        }
        if (value instanceof Collection<?> several) {
            return several.isEmpty()
                    ? "–"
                    : several.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return value instanceof Map<?, ?> map && map.isEmpty() ? "–" : value.toString();
    }

    void problem(String problem) {
        problems.add(problem);
    }

    void requireChecked(String key) {
        if (!checked) {
            throw new IllegalStateException(key + " is taken before the settings were checked");
        }
    }

    private <T> Setting<T> read(String key, String allowed, Function<String, Optional<T>> parse) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("a key is lower-case words with dots between, not \"" + key + "\"");
        }
        if (checked || !known.add(key)) {
            throw new IllegalStateException(key + " is named twice, or after the check");
        }
        return Setting.read(this, key, allowed, Optional.ofNullable(values.get(key)), printable(key), parse);
    }

    private boolean printable(String key) {
        return known.contains(key) && !secret.contains(key);
    }

    private static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Optional<Duration> time(String text) {
        try {
            var brief = SHORT_TIME.matcher(text);
            if (!brief.matches()) {
                return Optional.of(Duration.parse(text));
            }
            long amount = Long.parseLong(brief.group(1));
            return Optional.of(
                    switch (brief.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        case "d" -> Duration.ofDays(amount);
                        default -> throw new IllegalStateException("no unit: " + text);
                    });
        } catch (DateTimeParseException | ArithmeticException _) {
            return Optional.empty();
        }
    }

    private static String brief(Duration time) {
        if (time.toMillis() % 1000 != 0 || time.isZero()) {
            return time.toMillis() + "ms";
        }
        long seconds = time.toSeconds();
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
