package io.snapledger.runtime.config;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One setting that still has to say what its absence means. Its value can be had after {@link Settings#check()} has found
 * no problem in any setting, and not before.
 *
 * @param <T> the type of its value
 */
public final class Setting<T> {
    private final Settings settings;
    private final String key;
    private final String allowed;
    private final @Nullable T found;
    private final boolean given;
    private String about = "";

    private Setting(Settings settings, String key, String allowed, @Nullable T found, boolean given) {
        this.settings = settings;
        this.key = key;
        this.allowed = allowed;
        this.found = found;
        this.given = given;
    }

    /** Reads a text, or notes that it cannot be used. */
    static <T> Setting<T> read(
            Settings settings,
            String key,
            String allowed,
            Optional<String> text,
            boolean printable,
            Function<String, Optional<T>> parse) {
        var parsed = text.flatMap(parse);
        if (text.isPresent() && parsed.isEmpty()) {
            settings.problem(
                    "%s = %s; allowed: %s".formatted(key, printable ? "\"" + text.get() + "\"" : "***", allowed));
        }
        return new Setting<>(settings, key, allowed, parsed.orElse(null), text.isPresent());
    }

    /** What it is for, in a few words for whoever runs the service. */
    public Setting<T> about(String words) {
        this.about = words;
        return this;
    }

    /** It must be given. */
    public Supplier<T> required() {
        settings.describe(new Settings.Described(key, allowed, "must be given", about));
        if (!given) {
            settings.problem("%s is missing; allowed: %s".formatted(key, allowed));
        }
        return () -> {
            settings.requireChecked(key);
            if (found == null) {
                throw new IllegalStateException(key + " has no value though all settings passed");
            }
            return found;
        };
    }

    /** This value stands for its absence. */
    public Supplier<T> orElse(T absent) {
        settings.describe(new Settings.Described(key, allowed, Settings.shown(absent), about));
        return () -> {
            settings.requireChecked(key);
            return found == null ? absent : found;
        };
    }

    /** It may be absent. */
    public Supplier<Optional<T>> optional() {
        settings.describe(new Settings.Described(key, allowed, "–", about));
        return () -> {
            settings.requireChecked(key);
            return Optional.ofNullable(found);
        };
    }
}
