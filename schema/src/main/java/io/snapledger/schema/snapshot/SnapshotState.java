package io.snapledger.schema.snapshot;

import io.snapledger.schema.value.RunState;

/** What the guest was doing when its snapshot was taken; {@code disk-snapshot} is a running guest without its memory. */
public enum SnapshotState {
    RUNNING,
    PAUSED,
    CRASHED,
    SHUTOFF,
    DISK_SNAPSHOT;

    /** The state in which a revert leaves the domain when nothing else is asked for (DESIGN.md §5). */
    public RunState recorded() {
        return switch (this) {
            case RUNNING -> RunState.RUNNING;
            case PAUSED -> RunState.PAUSED;
            case CRASHED, SHUTOFF, DISK_SNAPSHOT -> RunState.SHUTOFF;
        };
    }
}
