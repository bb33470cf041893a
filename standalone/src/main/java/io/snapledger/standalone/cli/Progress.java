package io.snapledger.standalone.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** One line on the terminal that says that work goes on, and how far it is. Nothing where standard error is no terminal. */
final class Progress {
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final Duration PACE = Duration.ofSeconds(1);
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter err;
    private final String what;
    private final boolean terminal;
    private final long begun = System.nanoTime();
    private long asked = begun;
    private OptionalInt percent = OptionalInt.empty();
    private boolean shown;

    Progress(PrintWriter err, String what, boolean terminal) {
        this.err = err;
        this.what = what;
        this.terminal = terminal;
    }

    /** Java's console tells of standard input and output only, so the file behind descriptor 2 is looked at. */
    static boolean onTerminal() {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }

    /** @param source how far the work is; asked for at most once a second */
    void still(Supplier<OptionalInt> source) {
        long now = System.nanoTime();
        if (!terminal || now - begun < QUIET.toNanos()) {
            return;
        }
        if (now - asked > PACE.toNanos()) {
            percent = source.get();
            asked = System.nanoTime();
        }
        err.print(CLEAR + what + " … " + (percent.isPresent() ? percent.getAsInt() + " %, " : "")
                + Duration.ofNanos(now - begun).toSeconds() + " s");
        err.flush();
        shown = true;
    }

    /** Takes the line away. */
    void end() {
        if (shown) {
            err.print(CLEAR);
            err.flush();
            shown = false;
        }
    }
}
