package io.snapledger.schema.operation;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.value.RunState;
import java.util.List;

/** What an executor sees of a domain: its run state and, for a running guest, the layers that its disks really have. */
public record Observation(RunState runState, List<Chain> disks) {
    public Observation {
        disks = List.copyOf(disks);
    }
}
