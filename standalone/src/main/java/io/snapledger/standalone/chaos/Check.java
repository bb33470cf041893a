package io.snapledger.standalone.chaos;

import java.util.List;

/** One thing that must be true in the end, how much was looked at, and what was found against it. */
record Check(String name, int looked, List<String> violations) {
    Check {
        violations = List.copyOf(violations);
    }

    boolean holds() {
        return violations.isEmpty();
    }

    String line() {
        return (holds() ? "ok    " : "WRONG ") + name + " (" + looked + ")";
    }
}
