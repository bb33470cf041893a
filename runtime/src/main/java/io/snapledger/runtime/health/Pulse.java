package io.snapledger.runtime.health;

import java.util.Optional;

/** A part of a process that can say why it does not go on. Asked by any thread. */
@FunctionalInterface
public interface Pulse {
    /** One sentence; empty while all is well. */
    Optional<String> trouble();
}
