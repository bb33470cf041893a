package io.snapledger.servers.testing;

import io.snapledger.servers.ServerException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A deadline for calls that know none, such as those to an engine that hangs. */
final class Patience {
    private Patience() {}

    /** @param what what is done, as it reads after "cannot" */
    static <T> T within(Duration time, String what, Callable<T> work) {
        var task = new FutureTask<>(work);
        var thread = Thread.ofPlatform().daemon().name("test-servers").start(task);
        try {
            return task.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            thread.interrupt();
            throw new ServerException("cannot %s: no answer within %d s".formatted(what, time.toSeconds()));
        } catch (ExecutionException e) {
            var cause = Objects.requireNonNull(e.getCause());
            throw cause instanceof ServerException known
                    ? known
                    : new ServerException("cannot %s: %s".formatted(what, reason(cause)), cause);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted; cannot " + what, e);
        }
    }

    private static String reason(Throwable failure) {
        var deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.getMessage() == null
                ? deepest.toString()
                : deepest.getMessage().strip();
    }
}
