package io.snapledger.standalone.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a process takes up at one moment.
 *
 * @param heap bytes that live after a full collection
 * @param resident bytes of memory, whatever for
 * @param files open ones, sockets among them
 */
record Footprint(long heap, long resident, long threads, long files, long sockets) {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final Pattern USED = Pattern.compile("total [0-9]+K, used ([0-9]+)K");

    /**
     * Something of which there should not be more and more.
     *
     * <p>A tenth more, and a slack in units, is chance.
     */
    enum Measure {
        HEAP("heap after a collection, MiB", MIB, 4),
        RESIDENT("resident, MiB", MIB, 12),
        THREADS("threads", 1, 3),
        FILES("open files", 1, 5),
        SOCKETS("sockets", 1, 3);

        private final String words;
        private final long unit;
        private final long slack;

        Measure(String words, long unit, long slack) {
            this.words = words;
            this.unit = unit;
            this.slack = slack;
        }

        String words() {
            return words;
        }

        /** In units. */
        double of(Footprint one) {
            long found = switch (this) {
                case HEAP -> one.heap();
                case RESIDENT -> one.resident();
                case THREADS -> one.threads();
                case FILES -> one.files();
                case SOCKETS -> one.sockets();
            };
            return (double) found / unit;
        }

        /** The middle one, in units. */
        double median(List<Footprint> some) {
            return some.stream()
                    .mapToDouble(this::of)
                    .sorted()
                    .skip(some.size() / 2)
                    .findFirst()
                    .orElseThrow();
        }

        boolean hasGrown(double before, double after) {
            return after > before * 1.1 + slack;
        }
    }

    /** Collects the garbage of a Java process, and looks at what is left. */
    static Footprint of(long pid) throws IOException {
        String number = Long.toString(pid);
        Tool.run(jcmd(), number, "GC.run");
        String heap = Tool.run(jcmd(), number, "GC.heap_info");
        Path process = Path.of("/proc", number);
        String status = Files.readString(process.resolve("status"));
        List<String> open = open(process.resolve("fd"));
        return new Footprint(
                numbers(USED, heap).sum() * KIB,
                numbers(Pattern.compile("VmRSS:\\s+([0-9]+) kB"), status).sum() * KIB,
                numbers(Pattern.compile("Threads:\\s+([0-9]+)"), status).sum(),
                open.size(),
                open.stream().filter(f -> f.startsWith("socket:")).count());
    }

    private static String jcmd() {
        return Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    }

    private static LongStream numbers(Pattern pattern, String text) {
        return pattern.matcher(text).results().mapToLong(r -> Long.parseLong(r.group(1)));
    }

    private static List<String> open(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Footprint::target).filter(t -> !t.isEmpty()).toList();
        }
    }

    /** Empty when it was closed meanwhile. */
    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (NoSuchFileException _) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
