package io.snapledger.standalone.cli;

import io.snapledger.schema.query.OperationView;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** One line on the terminal that says that work goes on, and how far it is. Nothing where standard error is no terminal. */
final class Progress {
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final Duration PACE = Duration.ofSeconds(1);
    private static final int WIDTH = 20;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter err;
    private final String what;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private final long begun;
    private long asked;
    private Optional<OperationView.Progress> reached = Optional.empty();
    private boolean shown;

    /** Ctrl-C leaves no half line to the prompt of the shell. */
    private final Thread interrupted = new Thread(this::interrupted, "progress-end");

    private final ReentrantLock drawing = new ReentrantLock();
    private boolean ending;

    Progress(PrintWriter err, String what, boolean terminal) {
        this(err, what, terminal, System::nanoTime);
    }

    Progress(PrintWriter err, String what, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.what = what;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
        this.asked = begun;
    }

    static boolean onTerminal() {
        return Terminal.movesCursor(Terminal.ERROR);
    }

    /** @param source how far the work is; asked for at most once a second */
    void still(Supplier<Optional<OperationView.Progress>> source) {
        long now = nanoTime.getAsLong();
        if (!terminal || now - begun < QUIET.toNanos()) {
            return;
        }
        if (now - asked > PACE.toNanos()) {
            reached = source.get();
            asked = nanoTime.getAsLong();
        }
        draw(what + " " + reached.map(Progress::bar).orElse("… ")
                + Duration.ofNanos(now - begun).toSeconds() + " s");
    }

    /** Threads go on for a while when a process ends, and must not draw then. */
    private void draw(String line) {
        drawing.lock();
        try {
            if (!shown && !ending) {
                Runtime.getRuntime().addShutdownHook(interrupted);
            }
            if (!ending) {
                shown = true;
                print(CLEAR + line);
            }
        } catch (IllegalStateException _) {
            ending = true;
        } finally {
            drawing.unlock();
        }
    }

    /** A bar where bytes are told, else the share of the steps that are done. */
    private static String bar(OperationView.Progress reached) {
        if (reached.doneBytes().isEmpty()) {
            return "… " + reached.percent() + " %, ";
        }
        int full = reached.percent() * WIDTH / 100;
        return "[" + "#".repeat(full) + "-".repeat(WIDTH - full) + "] " + Texts.shown(reached) + ", ";
    }

    /** Takes the line away. */
    void end() {
        drawing.lock();
        try {
            if (shown && !ending) {
                shown = false;
                print(CLEAR);
                Runtime.getRuntime().removeShutdownHook(interrupted);
            }
        } catch (IllegalStateException _) {
            ending = true;
        } finally {
            drawing.unlock();
        }
    }

    private void interrupted() {
        drawing.lock();
        try {
            ending = true;
            print(CLEAR);
        } finally {
            drawing.unlock();
        }
    }

    private void print(String text) {
        err.print(text);
        err.flush();
    }
}
