package io.snapledger.executor.driver.qemuimg;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.operation.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one program with an argument list, limits on memory and processor time, and a deadline. Never through a shell. */
final class Tool {
    private static final Logger log = LoggerFactory.getLogger(Tool.class);
    private static final int KEPT_LINES = 20;
    private static final Pattern PERCENT = Pattern.compile("\\((\\d+\\.\\d+)/100%\\)");
    private static final double ALL = 100;
    private static final Duration PACE = Duration.ofMillis(250);
    private static final Duration TO_DIE = Duration.ofSeconds(5);

    private Tool() {}

    static void run(Duration deadline, List<String> command) throws HostException {
        run(deadline, command, 0, LongWork.UNWATCHED);
    }

    /** @param total the bytes that the program works through, of which it tells the percentage by {@code -p} */
    static void run(Duration deadline, List<String> command, long total, LongWork work) throws HostException {
        String line = String.join(" ", command);
        if (work.cancelled()) {
            throw HostException.cancelled(command.getFirst() + " was not begun");
        }
        log.debug("{}", command);
        try {
            Process process = Child.start(new ProcessBuilder(Child.limited(command, deadline))
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null"))));
            LongWork.Listening cancelling = work.onCancel(process::destroyForcibly);
            Tail tail = Tail.of(process.getInputStream(), total);
            boolean ended = ended(process, deadline, tail, work);
            cancelling.close();
            if (!ended) {
                process.destroyForcibly();
                boolean dead = process.waitFor(TO_DIE.toMillis(), TimeUnit.MILLISECONDS);
                throw new HostException(new Failure.DeadlineExpired(
                        line + " took longer than " + deadline + (dead ? " and was ended" : " and does not end"),
                        deadline.toMillis()));
            }
            if (process.exitValue() != 0 && work.cancelled()) {
                throw HostException.cancelled(command.getFirst() + " was ended before it was done");
            }
            if (process.exitValue() != 0) {
                throw Child.failed(command.getFirst(), line, process.exitValue(), tail.text());
            }
        } catch (IOException e) {
            throw HostException.refused("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for " + line), e);
        }
    }

    private static boolean ended(Process process, Duration deadline, Tail tail, LongWork work)
            throws InterruptedException {
        try {
            return watched(process, deadline, tail, work);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** A program that waits prints nothing; what it printed last is still how far it is. */
    private static boolean watched(Process process, Duration deadline, Tail tail, LongWork work)
            throws InterruptedException {
        long until = System.nanoTime() + deadline.toNanos();
        while (true) {
            long left = until - System.nanoTime();
            if (process.waitFor(Math.min(left, PACE.toNanos()), TimeUnit.NANOSECONDS)) {
                tail.text();
                work.reached(tail.done().get(), tail.total());
                return true;
            }
            if (left <= PACE.toNanos()) {
                return false;
            }
            work.reached(tail.done().get(), tail.total());
        }
    }

    /** The last lines that a program wrote, read as it writes them so that it never blocks. */
    private record Tail(Thread reader, Deque<String> lines, AtomicLong done, long total) {

        static Tail of(InputStream output, long total) {
            Deque<String> lines = new ArrayDeque<>();
            AtomicLong done = new AtomicLong();
            Thread reader = Thread.startVirtualThread(() -> read(output, lines, total, done));
            return new Tail(reader, lines, done, total);
        }

        private static void read(InputStream output, Deque<String> lines, long total, AtomicLong done) {
            try (var reader =
                    new java.io.BufferedReader(new java.io.InputStreamReader(output, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    Matcher percent = PERCENT.matcher(line);
                    if (percent.find()) {
                        done.set((long) (Double.parseDouble(percent.group(1)) / ALL * total));
                        continue;
                    }
                    synchronized (lines) {
                        lines.addLast(line);
                        if (lines.size() > KEPT_LINES) {
                            lines.removeFirst();
                        }
                    }
                }
            } catch (IOException e) {
                log.debug("output of a tool ended: {}", e.getMessage());
            }
        }

        String text() throws InterruptedException {
            boolean ended = reader.join(TO_DIE);
            synchronized (lines) {
                return String.join("\n", lines) + (ended ? "" : " …");
            }
        }
    }
}
