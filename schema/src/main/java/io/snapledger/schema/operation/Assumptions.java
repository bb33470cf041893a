package io.snapledger.schema.operation;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.value.RunState;
import java.util.List;

/** What a plan takes for granted; the executor looks first, and does nothing when the host is otherwise. */
public record Assumptions(RunState runState, List<Chain> disks) {
    public Assumptions {
        disks = List.copyOf(disks);
    }
}
