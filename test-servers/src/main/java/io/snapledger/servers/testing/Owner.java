package io.snapledger.servers.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A process that containers belong to, as their label tells it.
 *
 * @param machine where its number counts: the host's name and the namespace of process numbers
 */
record Owner(String machine, long pid, String started) {
    static final String LABEL = "io.snapledger.test-owner";

    static Owner ourselves() {
        var process = ProcessHandle.current();
        return new Owner(thisMachine(), process.pid(), started(process));
    }

    static Owner of(String label) {
        var words = label.split(" ", -1);
        if (words.length != 3 || !words[1].matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("no owner is told by \"" + label + "\"");
        }
        return new Owner(words[0], Long.parseLong(words[1]), words[2]);
    }

    String label() {
        return machine + " " + pid + " " + started;
    }

    /** Whether it surely has ended; of another machine's process that is not known here. */
    boolean isGone() {
        return machine.equals(thisMachine())
                && ProcessHandle.of(pid)
                        .filter(process -> started(process).equals(started))
                        .isEmpty();
    }

    private static String thisMachine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip() + "/"
                    + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException _) {
            return "unknown-" + ProcessHandle.current().pid();
        }
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }
}
