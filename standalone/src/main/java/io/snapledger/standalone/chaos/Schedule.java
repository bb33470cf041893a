package io.snapledger.standalone.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Which fault comes when, told by the seed alone. */
record Schedule(List<Strike> strikes) {
    private static final int SHORTEST_GAP = 1_500;
    private static final int LONGEST_GAP = 7_000;

    Schedule {
        strikes = List.copyOf(strikes);
    }

    /**
     * One fault.
     *
     * @param which of several alike, to be taken modulo how many there are
     * @param length how long it lasts, where it does
     */
    record Strike(Duration at, Fault fault, int which, Duration length) {}

    /** Every kind comes once before any comes again. */
    static Schedule of(long seed, Duration time) {
        Random random = new Random(seed * 31 + 7);
        List<Strike> strikes = new ArrayList<>();
        List<Fault> bag = new ArrayList<>();
        long at = (long) SHORTEST_GAP + random.nextInt(LONGEST_GAP);
        while (at < time.toMillis()) {
            if (bag.isEmpty()) {
                bag.addAll(Arrays.asList(Fault.values()));
                Collections.shuffle(bag, random);
            }
            Fault fault = bag.removeLast();
            strikes.add(new Strike(
                    Duration.ofMillis(at),
                    fault,
                    random.nextInt(1_000),
                    Duration.ofMillis(500L + random.nextInt(9_500))));
            at += SHORTEST_GAP + random.nextInt(LONGEST_GAP - SHORTEST_GAP);
        }
        return new Schedule(strikes);
    }
}
