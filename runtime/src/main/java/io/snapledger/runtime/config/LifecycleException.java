package io.snapledger.runtime.config;

/** A part of a process could not be started or stopped. */
public final class LifecycleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LifecycleException(String message) {
        super(message);
    }

    LifecycleException(String message, Throwable cause) {
        super(message, cause);
    }
}
