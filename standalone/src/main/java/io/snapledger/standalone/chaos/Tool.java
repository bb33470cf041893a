package io.snapledger.standalone.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that the harness runs to their end. */
final class Tool {
    private static final long SECONDS = 60;

    private Tool() {}

    /** How it ended, and what it said. */
    record Ran(int status, String said) {}

    /** @throws IOException with what it said, when it fails */
    static String run(String... command) throws IOException {
        Ran ran = end(command);
        if (ran.status() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + ran.status() + ": "
                    + ran.said().strip());
        }
        return ran.said();
    }

    static boolean succeeds(String... command) {
        try {
            return end(command).status() == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Ran end(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(List.of(command) + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + List.of(command) + " ran", e);
        }
        return new Ran(process.exitValue(), said);
    }
}
