package io.snapledger.schema.operation;

import java.util.Optional;

/** What became of one step of a plan, told by its index. A step that was not begun has no outcome. */
public sealed interface StepOutcome {
    int step();

    long millis();

    /** The goal is reached; {@code memory} and {@code way} tell of a memory that was saved. */
    record Done(int step, long millis, Optional<SavedMemory> memory, Optional<MemoryWay> way) implements StepOutcome {
        public Done(int step, long millis, Optional<SavedMemory> memory) {
            this(step, millis, memory, Optional.empty());
        }
    }

    /** The goal is not reached, and what the step itself began has been taken back or is named in the failure. */
    record Failed(int step, long millis, Failure failure) implements StepOutcome {}

    /** Nobody knows: a deadline expired, or a connection broke. The reverse must tolerate either. */
    record Unknown(int step, long millis, Failure failure) implements StepOutcome {}
}
