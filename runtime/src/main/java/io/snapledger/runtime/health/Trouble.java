package io.snapledger.runtime.health;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What keeps a part from going on, from the first time that it is noted until the part goes on. Safe for many threads. */
public final class Trouble implements Pulse {
    private volatile @Nullable Noted noted;

    private record Noted(long since, String what) {}

    public synchronized void note(String what) {
        Noted before = noted;
        noted = new Noted(before == null ? System.nanoTime() : before.since(), what);
    }

    /** As {@link #note(String)}, with what the error says of itself. */
    public void note(Throwable error) {
        note(Optional.ofNullable(error.getMessage()).orElse(error.getClass().getSimpleName()));
    }

    public synchronized void over() {
        noted = null;
    }

    @Override
    public Optional<String> trouble() {
        return Optional.ofNullable(noted)
                .map(n ->
                        "for " + Duration.ofNanos(System.nanoTime() - n.since()).toSeconds() + " s: " + n.what());
    }
}
