package io.snapledger.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * For how long a guest stands still, seen from a monitor that takes no part: from {@code STOP} to {@code RESUME} by QEMU's own
 * times. A transaction of disks alone stops no guest and has no such events; there it is the longest time that QEMU
 * answered nothing.
 */
final class StandStill implements AutoCloseable {
    private static final String ASK = "{\"execute\":\"query-status\"}";
    private static final long PACE_NANOS = 1_000_000;
    private static final long DEADLINE_SECONDS = 60;

    private final BareQmp monitor;

    StandStill(Path socket) throws IOException {
        monitor = new BareQmp(socket);
    }

    /** What the work came to, how long it took and how long the guest stood still, in milliseconds. */
    record Watched<T>(T result, double tookMillis, double stillMillis) {}

    /** By QEMU's word alone. */
    <T> Watched<T> stopped(Callable<T> work) throws Exception {
        forget();
        long start = System.nanoTime();
        T result = work.call();
        return new Watched<>(result, (System.nanoTime() - start) / 1e6, stoppedMillis());
    }

    /** By its silence, or by its word where it was stopped for longer. */
    <T> Watched<T> silent(Callable<T> work) throws Exception {
        forget();
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Long> longest = new FutureTask<>(() -> longestSilence(over));
        Thread.ofPlatform().name("silence").start(longest);
        long start = System.nanoTime();
        try {
            T result = work.call();
            double took = (System.nanoTime() - start) / 1e6;
            over.set(true);
            double silence = longest.get(DEADLINE_SECONDS, TimeUnit.SECONDS) / 1e6;
            return new Watched<>(result, took, Math.max(silence, stoppedMillis()));
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the guest's silence was not measured", e);
        } finally {
            over.set(true);
        }
    }

    private void forget() throws IOException {
        monitor.execute(ASK);
        monitor.events();
    }

    private double stoppedMillis() throws IOException {
        monitor.execute(ASK);
        double still = 0;
        double since = Double.NaN;
        for (JsonNode event : monitor.events()) {
            switch (event.path("event").asText()) {
                case "STOP" -> since = millis(event);
                case "RESUME" -> still += millis(event) - since;
                default -> {
                    // of jobs and migrations
                }
            }
        }
        return still;
    }

    private static double millis(JsonNode event) {
        JsonNode at = event.path("timestamp");
        return at.path("seconds").asLong() * 1e3 + at.path("microseconds").asLong() / 1e3;
    }

    private long longestSilence(AtomicBoolean over) throws IOException {
        long longest = 0;
        while (!over.get()) {
            long asked = System.nanoTime();
            monitor.execute(ASK);
            longest = Math.max(longest, System.nanoTime() - asked);
            LockSupport.parkNanos(PACE_NANOS);
        }
        return longest;
    }

    @Override
    public void close() throws IOException {
        monitor.close();
    }
}
