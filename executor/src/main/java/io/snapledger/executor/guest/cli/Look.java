package io.snapledger.executor.guest.cli;

import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Counters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * What a {@link CounterGuest} counts, for whoever can only run a program where it lives:
 *
 * <pre>
 * Look memory SOCKET    prints  counters COUNT DONE ERRORS
 * Look disk RAW_FILE    prints  count COUNT
 * </pre>
 */
public final class Look {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String COUNTERS = "counters ";
    private static final String COUNT = "count ";

    private Look() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("memory")) {
            try (QmpMemory memory = QmpMemory.open(Path.of(arguments[1]), DEADLINE)) {
                Counters now = CounterGuest.counters(memory);
                System.out.println(COUNTERS + now.count() + " " + now.done() + " " + now.errors());
            }
        } else if (arguments.length == 2 && arguments[0].equals("disk")) {
            System.out.println(COUNT + CounterGuest.countOn(Path.of(arguments[1])));
        } else {
            System.err.println("say what to look at: memory SOCKET, or disk RAW_FILE");
            System.exit(2);
        }
    }

    /** @param printed what {@code Look memory} printed, other lines around it aside */
    public static Counters counters(String printed) {
        List<Integer> words = words(printed, COUNTERS);
        return new Counters(words.get(0), words.get(1), words.get(2));
    }

    /** @param printed what {@code Look disk} printed, other lines around it aside */
    public static int count(String printed) {
        return words(printed, COUNT).getFirst();
    }

    private static List<Integer> words(String printed, String begin) {
        return printed.lines()
                .filter(l -> l.startsWith(begin))
                .findFirst()
                .map(l -> Arrays.stream(l.substring(begin.length()).split(" "))
                        .map(Integer::parseInt)
                        .toList())
                .orElseThrow(() -> new IllegalArgumentException("there is no \"" + begin + "\" in: " + printed));
    }
}
