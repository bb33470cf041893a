package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.Deadlines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the installed QEMU calls itself. */
final class Versions {
    private static final Pattern VERSION = Pattern.compile("version (\\d+(?:\\.\\d+)+)");

    private Versions() {}

    /** For example {@code 7.2.22}; {@code none} where there is no QEMU, and only offline work is possible. */
    static String ofQemu(Deadlines deadlines) {
        try {
            Process process = new ProcessBuilder("qemu-system-x86_64", "--version")
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(deadlines.monitorReply().toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return "none";
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            return version.find() ? version.group(1) : "none";
        } catch (IOException e) {
            return "none";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "none";
        }
    }
}
