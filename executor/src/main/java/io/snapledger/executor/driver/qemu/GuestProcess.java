package io.snapledger.executor.driver.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The process of a guest that an executor started, found again by the file in which QEMU keeps its number. */
final class GuestProcess {
    private static final int TAIL_LINES = 10;

    private GuestProcess() {}

    /** Empty when there is none; a number that another program has got since does not count. */
    static Optional<ProcessHandle> alive(Path pidFile) {
        try {
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .filter(p -> arguments(p).contains(pidFile.toString()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Java's own look at them ends after a page, which a deep chain fills. */
    private static List<String> arguments(ProcessHandle process) {
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return List.of(new String(line, UTF_8).split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The last lines that the guest's process wrote. */
    static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "";
        }
    }
}
