package io.snapledger.standalone.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person reads what this process writes. */
final class Terminal {
    static final int OUTPUT = 1;
    static final int ERROR = 2;

    private Terminal() {}

    /** Java's console tells of standard input and output together only, so the file behind the descriptor is looked at. */
    static boolean is(int descriptor) {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
        } catch (IOException _) {
            // Without /proc nobody can tell; a bar in a file is worse than none on a terminal.
            return false;
        }
    }

    /** Whether it also does what a bar needs: go back in its line and clear it. */
    static boolean movesCursor(int descriptor) {
        return is(descriptor) && !System.getenv().getOrDefault("TERM", "dumb").equals("dumb");
    }
}
