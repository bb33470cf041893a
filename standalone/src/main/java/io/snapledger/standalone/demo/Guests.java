package io.snapledger.standalone.demo;

import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A look at the demo's guests from outside of Snapledger: their memory, their disks and their processes. */
final class Guests {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long LOOK_AGAIN = Duration.ofMillis(20).toNanos();

    private final Path data;
    private final Path sockets;

    Guests(Path data, Path sockets) {
        this.data = data;
        this.sockets = sockets;
    }

    Counters counters(DomainId domain) throws HostException {
        Path socket = sockets.resolve(domain + CounterGuest.MEMORY_SOCKET_SUFFIX);
        try (QmpMemory memory = QmpMemory.open(socket, DEADLINE)) {
            return CounterGuest.counters(memory);
        }
    }

    /** The counters as soon as they are as wanted. */
    Counters await(DomainId domain, String what, Predicate<Counters> wanted) throws HostException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        Counters now = counters(domain);
        while (!wanted.test(now)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        what + " did not happen within " + DEADLINE + ", the guest is at " + now);
            }
            LockSupport.parkNanos(LOOK_AGAIN);
            now = counters(domain);
        }
        return now;
    }

    /** What the guest wrote last on a disk, read through all its layers. */
    int countOn(String file, String format) throws IOException, InterruptedException {
        Path copy = data.resolve("look.raw");
        run("qemu-img", "convert", "-U", "-f", format, "-O", "raw", file, copy.toString());
        int count = CounterGuest.countOn(copy);
        Files.delete(copy);
        return count;
    }

    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + said.strip());
        }
    }

    /** The processes that work on the demo's folder: its guests. */
    List<ProcessHandle> processes() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(p -> p.info().command().orElse("").contains("qemu-system"))
                    .filter(p -> commandLine(p).contains(data.toString()))
                    .toList();
        }
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException _) {
            return "";
        }
    }

    /** Ends what is left, so that nothing outlives a demo that failed. */
    void endAll() {
        for (ProcessHandle process : processes()) {
            process.destroyForcibly();
        }
    }
}
