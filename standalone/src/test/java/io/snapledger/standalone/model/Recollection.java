package io.snapledger.standalone.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the mailbox guest can remember.
 *
 * <p>QEMU 7.2 gives a guest whose memory was saved its images back only by {@code cont}, also a paused one, which then runs
 * until the {@code stop} behind it: it may have found what was in its mailbox, or have read it and notice it only when it
 * goes on.
 *
 * @param log what it has found since it booted, in order
 * @param glimpses what it may have found besides, since then
 */
record Recollection(List<Integer> log, List<Integer> glimpses) {
    static final Recollection NONE = new Recollection(List.of(), List.of());

    Recollection {
        log = List.copyOf(log);
        glimpses = List.copyOf(glimpses);
    }

    Recollection glimpsed(int mail) {
        return new Recollection(log, and(glimpses, mail));
    }

    /** The logs that a guest can have that has run until it found the mail. */
    Set<List<Integer>> havingFound(int mail) {
        Set<List<Integer>> ways = new LinkedHashSet<>();
        ways().forEach(w -> ways.add(and(w, mail)));
        return ways;
    }

    /** The logs that it can have. */
    Set<List<Integer>> ways() {
        Set<List<Integer>> ways = new LinkedHashSet<>(Set.of(log));
        for (int glimpse : glimpses) {
            List.copyOf(ways).forEach(w -> ways.add(and(w, glimpse)));
        }
        return ways;
    }

    /** The guest notes only what is not what it found last. */
    private static List<Integer> and(List<Integer> found, int mail) {
        if (!found.isEmpty() && found.getLast() == mail) {
            return found;
        }
        List<Integer> longer = new ArrayList<>(found);
        longer.add(mail);
        return List.copyOf(longer);
    }
}
