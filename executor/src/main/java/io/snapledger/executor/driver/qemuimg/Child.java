package io.snapledger.executor.driver.qemuimg;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.operation.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Programs of QEMU's that work on images for the executor: limited, and killed with it, so that none keeps a lock. */
public final class Child {
    private static final long MAX_ADDRESS_SPACE = 4L << 30;
    private static final Duration TO_START = Duration.ofMinutes(1);

    /** What the status of a program that a signal ended lies above. */
    private static final int KILLED = 128;

    private Child() {}

    /** @param deadline of the work, in whose time each of two processors may be used up */
    public static List<String> limited(List<String> command, Duration deadline) {
        List<String> limited = new ArrayList<>(List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "prlimit",
                "--as=" + MAX_ADDRESS_SPACE,
                "--core=0",
                "--cpu=" + (2 * deadline.toSeconds() + 1),
                "--"));
        limited.addAll(command);
        return List.copyOf(limited);
    }

    /**
     * The kernel takes the thread that started a program for its parent, and kills the program when that thread ends. Those
     * that carry virtual threads may end at any time; this one lasts as long as the program.
     */
    public static Process start(ProcessBuilder program) throws IOException, InterruptedException {
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread parent = Thread.ofPlatform().daemon().name("parent of a tool").start(() -> {
            try {
                Process process = program.start();
                started.complete(process);
                process.waitFor();
            } catch (IOException e) {
                started.completeExceptionally(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            return started.get(TO_START.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            parent.interrupt();
            throw new IOException("it did not start within " + TO_START, e);
        } catch (InterruptedException e) {
            parent.interrupt();
            throw e;
        }
    }

    /** How a program ended badly; one that is killed says nothing itself. */
    public static HostException failed(String program, String command, int status, String said) {
        String how = status > KILLED
                ? " was killed by signal " + (status - KILLED)
                : " failed with status " + status + " and without a word";
        return new HostException(
                new Failure.ToolFailed(program + (said.isBlank() ? how : " failed: " + said), command, status, said));
    }
}
