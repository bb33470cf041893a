package io.snapledger.executor.port;

/**
 * What a driver tells of work that may take long, and asks about it. Nothing here blocks, and nothing fails the work. Safe
 * for many threads.
 */
@FunctionalInterface
public interface LongWork {

    /** Work that nobody watches and nobody cancels. */
    LongWork UNWATCHED = (_, _) -> {};

    /** Work that is to end at once. */
    LongWork CANCELLED = new LongWork() {
        @Override
        public void reached(long doneBytes, long totalBytes) {
            // nobody asks how far it came
        }

        @Override
        public boolean cancelled() {
            return true;
        }
    };

    /** How much is done. Called as often as is convenient. */
    void reached(long doneBytes, long totalBytes);

    /**
     * Whether it is to end before it is done. Work that can be ended begins nothing any more then, ends what it began and
     * throws {@link io.snapledger.schema.operation.Failure.Cancelled}; where it is too late for that it goes on to its end.
     */
    default boolean cancelled() {
        return false;
    }

    /** Calls back, on any thread, when that has become so; at once when it is so already. */
    default Listening onCancel(Runnable wake) {
        return () -> {};
    }

    /** A callback until it is closed. */
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }
}
