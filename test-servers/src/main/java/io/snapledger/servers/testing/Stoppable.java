package io.snapledger.servers.testing;

/** A server of one test's own, which goes and comes back with all it held, at the same address. */
public interface Stoppable extends AutoCloseable {
    /** Stops it in order; whoever comes now is refused. A repeat does nothing. */
    void stop();

    /** Starts it after a stop; returns when it serves. */
    void startAgain();

    /** Ends it and removes what it held. A repeat does nothing. */
    @Override
    void close();
}
