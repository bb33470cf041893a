package io.snapledger.standalone.killpoints;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Every process of QEMU's that works in a folder: guests, storage daemons, image tools. */
record Processes(Path folder) {

    List<ProcessHandle> all() {
        List<ProcessHandle> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            String said = commandLine(process);
            if (said.contains(folder + "/") && said.contains("qemu-")) {
                found.add(process);
            }
        }
        return found;
    }

    List<Long> numbers() {
        return all().stream().map(ProcessHandle::pid).toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** {@code kill -9}; they are gone when this returns, and whether there were any is told. */
    boolean kill() throws IOException {
        List<ProcessHandle> processes = all();
        for (ProcessHandle process : processes) {
            process.destroyForcibly();
            awaitEnd(process);
        }
        return !processes.isEmpty();
    }

    private static void awaitEnd(ProcessHandle process) throws IOException {
        try {
            process.onExit().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IOException("process " + process.pid() + " does not end", e);
        }
    }
}
