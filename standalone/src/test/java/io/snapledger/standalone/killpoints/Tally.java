package io.snapledger.standalone.killpoints;

import io.snapledger.standalone.killpoints.Boundaries.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The points that somebody was killed at, and how it ended. */
final class Tally {
    private static final Path FOLDER = Path.of("target", "kill-points");

    private final String title;
    private final Map<String, Integer> ends = new TreeMap<>();
    private final List<String> lines = new ArrayList<>();
    private final List<AssertionError> wrongs = new ArrayList<>();
    private int kills;

    Tally(String title) {
        this.title = title;
    }

    void add(Kind kind, Point point, Victim victim, Scene.Outcome outcome) {
        kills++;
        boolean executorLives = victim.executor() && !outcome.executorKilled();
        String who = word(victim)
                + (executorLives ? " (too late)" : "")
                + (victim.guest() && !outcome.guestKilled() ? " (no guest)" : "");
        String end = word(outcome.end()) + ", guest " + word(outcome.last());
        ends.merge("%-42s %-20s %s".formatted(kind, who, end), 1, Integer::sum);
        lines.add("%s, %s, %s: %s".formatted(kind, word(point), who, end));
    }

    void wrong(Kind kind, Point point, Victim victim, Throwable why) {
        kills++;
        ends.merge("%-42s %-20s %s".formatted(kind, word(victim), "WRONG"), 1, Integer::sum);
        lines.add("%s, %s, %s: WRONG: %s".formatted(kind, word(point), word(victim), why));
        wrongs.add(new AssertionError(kind + ", " + word(point) + ", " + word(victim) + " killed", why));
    }

    private static String word(Point point) {
        return "point " + point.number() + " (" + point.what() + (point.inside() ? ", inside" : "") + ")";
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    int kills() {
        return kills;
    }

    void requireAllRight() {
        if (!wrongs.isEmpty()) {
            AssertionError all = new AssertionError(wrongs.size() + " of " + kills + " kills ended wrong");
            wrongs.forEach(all::addSuppressed);
            throw all;
        }
    }

    /** Into a file of its own, and to whoever watches. */
    void print() throws IOException {
        StringBuilder text = new StringBuilder(title + ": " + kills + " kills\n");
        ends.forEach((end, times) -> text.append("%5d  %s%n".formatted(times, end)));
        org.slf4j.LoggerFactory.getLogger(KillPointsTest.class).info("{}", text);
        lines.forEach(line -> text.append(line).append('\n'));
        Files.createDirectories(FOLDER);
        Files.writeString(FOLDER.resolve(title.replaceAll("[^a-z0-9]+", "-") + ".txt"), text);
    }
}
