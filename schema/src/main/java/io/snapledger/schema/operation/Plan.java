package io.snapledger.schema.operation;

import java.util.List;

/**
 * The host work of one operation: what it assumes and its steps, in order. Steps before {@link #pointOfNoReturn()} can
 * be taken back; from there on they are retried until they are done.
 */
public record Plan(Assumptions assumes, List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /** The index of the first step that destroys something; the number of steps when none does. */
    public int pointOfNoReturn() {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).destroys()) {
                return i;
            }
        }
        return steps.size();
    }
}
