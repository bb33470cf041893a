package io.snapledger.schema.value;

/** What a guest is doing now. A crashed guest whose process lives counts as online. */
public enum RunState {
    RUNNING,
    PAUSED,
    CRASHED,
    SHUTOFF;

    /** Whether a process of the hypervisor holds the guest. */
    public boolean online() {
        return this != SHUTOFF;
    }
}
