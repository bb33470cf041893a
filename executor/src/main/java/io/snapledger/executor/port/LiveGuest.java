package io.snapledger.executor.port;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;

/** A guest that a process holds: what it does, how far its start is, and what its disks really are. */
public record LiveGuest(RunState runState, Stage stage, List<LiveDisk> disks) {
    public LiveGuest {
        disks = List.copyOf(disks);
    }

    /** Whether the guest has had its memory and its first instruction. */
    public enum Stage {
        /** Its process is there; it has not run, and a memory that it waits for is not loaded. */
        STARTING,
        STARTED
    }

    /**
     * One disk of a running guest. The chain goes down to the last file, foreign ones too; the size is that which the
     * guest sees.
     */
    public record LiveDisk(Chain chain, long virtualSize) {}

    public Optional<LiveDisk> disk(DiskTarget target) {
        return disks.stream().filter(d -> d.chain().target().equals(target)).findFirst();
    }
}
