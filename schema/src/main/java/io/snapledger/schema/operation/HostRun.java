package io.snapledger.schema.operation;

import java.util.List;
import java.util.Optional;

/** One run of a plan on a host: the outcomes of the steps it began, and for how long the guest stood still. */
public record HostRun(List<StepOutcome> outcomes, Optional<Long> pausedMillis, Optional<Long> frozenMillis) {
    public static final HostRun NOTHING = new HostRun(List.of(), Optional.empty(), Optional.empty());

    public HostRun {
        outcomes = List.copyOf(outcomes);
    }
}
