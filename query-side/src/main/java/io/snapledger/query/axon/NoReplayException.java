package io.snapledger.query.axon;

/** There is no replay of the projection that this could be done to. */
public final class NoReplayException extends RuntimeException {
    NoReplayException(String message) {
        super(message);
    }
}
