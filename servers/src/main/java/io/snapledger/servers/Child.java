package io.snapledger.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server's process, ours or an orphan's, and how to end it. */
final class Child {
    private static final Duration SIGNAL = Duration.ofSeconds(10);

    private Child() {}

    /** Starts a program whose input stays open until we close it or die, and whose output is appended to the log. */
    static Process start(List<String> command, Path log) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new ServerException("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    /** Runs a program to its end. */
    static void run(List<String> command, Path log, Duration time) {
        var process = start(command, log);
        try {
            if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new ServerException("%s did not end within %s".formatted(command, time) + Folders.tail(log));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted while running " + command, e);
        }
        if (process.exitValue() != 0) {
            throw new ServerException("%s ended with %d".formatted(command, process.exitValue()) + Folders.tail(log));
        }
    }

    /** Asks with the signal first, and ends the process by force when it has not gone in time. */
    static void stop(ProcessHandle process, String signal, Duration time) {
        if (!isRunning(process)) {
            return;
        }
        signal(process, signal);
        if (!gone(process, time)) {
            process.destroyForcibly();
            if (!gone(process, time)) {
                throw new ServerException("process " + process.pid() + " does not end, not even by SIGKILL");
            }
        }
    }

    /** Whether the process does something; one that has ended but was not reaped by its parent does not. */
    static boolean isRunning(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            var stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException _) {
            return process.isAlive();
        }
    }

    /** The words of a process's command line, or none when they cannot be seen. */
    static List<String> words(ProcessHandle process) {
        try {
            var line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
            return List.of(line.split("\0", -1));
        } catch (IOException _) {
            return process.info().arguments().map(List::of).orElse(List.of());
        }
    }

    private static void signal(ProcessHandle process, String signal) {
        try {
            var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            kill.onExit().get(SIGNAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new ServerException("cannot send SIG%s to process %d".formatted(signal, process.pid()), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            process.destroy();
        }
    }

    private static boolean gone(ProcessHandle process, Duration time) {
        var deadline = Deadline.in(time);
        boolean interrupted = false;
        try {
            while (isRunning(process)) {
                if (deadline.passed()) {
                    return false;
                }
                interrupted |= Thread.interrupted();
                deadline.pause();
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
