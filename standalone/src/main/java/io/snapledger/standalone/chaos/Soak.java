package io.snapledger.standalone.chaos;

import io.snapledger.standalone.chaos.Footprint.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What the sides take up while nobody disturbs them. The first third of the readings is left out, in which code is compiled and
 * pools fill; of the rest the later half may not lie above the earlier one. For one thread.
 */
final class Soak {
    private static final Duration EVERY = Duration.ofSeconds(20);
    private static final int FEWEST = 12;

    private final World world;
    private final Consumer<String> told;
    private final Map<String, List<Footprint>> readings = new TreeMap<>();

    Soak(World world, Consumer<String> told) {
        this.world = world;
        this.told = told;
    }

    /** Reads again and again until it is over. */
    void run(AtomicBoolean over) {
        while (!Waiting.until(EVERY, over::get)) {
            for (Part part : world.sides()) {
                try {
                    Footprint now = Footprint.of(part.pid());
                    readings.computeIfAbsent(part.name(), _ -> new ArrayList<>())
                            .add(now);
                    world.history().note("footprint", line -> {
                        line.put("part", part.name());
                        for (Measure measure : Measure.values()) {
                            line.put(measure.name().toLowerCase(Locale.ROOT), measure.of(now));
                        }
                    });
                } catch (IOException e) {
                    throw new IllegalStateException(part.name() + " cannot be measured", e);
                }
            }
        }
    }

    Check check() {
        List<String> violations = new ArrayList<>();
        int looked = 0;
        for (Map.Entry<String, List<Footprint>> part : readings.entrySet()) {
            List<Footprint> warm = part.getValue()
                    .subList(part.getValue().size() / 3, part.getValue().size());
            if (part.getValue().size() < FEWEST) {
                violations.add(part.getKey() + " was read " + part.getValue().size()
                        + " times, which tells nothing; let it go on for "
                        + EVERY.multipliedBy(2L * FEWEST).toMinutes() + " minutes and more");
                continue;
            }
            looked += warm.size();
            List<Footprint> earlier = warm.subList(0, warm.size() / 2);
            List<Footprint> later = warm.subList(warm.size() / 2, warm.size());
            for (Measure measure : Measure.values()) {
                double before = measure.median(earlier);
                double after = measure.median(later);
                told.accept("      %-16s %-30s %8.1f %8.1f".formatted(part.getKey(), measure.words(), before, after));
                if (measure.hasGrown(before, after)) {
                    violations.add(
                            "%s: %s grew from %.1f to %.1f".formatted(part.getKey(), measure.words(), before, after));
                }
            }
        }
        return new Check("no side takes up more and more", looked, violations);
    }
}
