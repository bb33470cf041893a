package io.snapledger.executor.port;

/**
 * What a driver tells of work that may take long, and asks about it. Nothing here blocks, and nothing fails the work. For
 * the thread that does the work, unless it says otherwise.
 */
public interface LongWork {

    /** Work that nobody watches. */
    LongWork UNWATCHED = (_, _) -> {};

    /** How much is done. Called as often as is convenient; any thread. */
    void reached(long doneBytes, long totalBytes);
}
