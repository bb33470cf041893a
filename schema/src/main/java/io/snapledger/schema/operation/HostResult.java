package io.snapledger.schema.operation;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;

/** How one attempt at a plan ended on the host. */
public sealed interface HostResult {

    /** Every step is done. */
    record Finished(HostRun run) implements HostResult {}

    /** A step failed or its outcome is unknown; {@code leftovers} are the files that this plan made and that are there. */
    record Failed(HostRun run, Failure failure, List<HostPath> leftovers) implements HostResult {
        public Failed {
            leftovers = List.copyOf(leftovers);
        }
    }

    /**
     * The look before the first step found another host than the plan assumes; nothing was done.
     *
     * @param shared files that the plan would change or remove, and that images lie on which the plan does not know
     */
    record Refused(RejectionCode code, String message, Observation seen, List<HostPath> shared) implements HostResult {
        public Refused {
            shared = List.copyOf(shared);
        }

        public Refused(RejectionCode code, String message, Observation seen) {
            this(code, message, seen, List.of());
        }
    }
}
