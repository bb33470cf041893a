package io.snapledger.schema.xml;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The words of {@code <state>}: what the guest was doing when the snapshot was taken. */
public enum GuestState {
    RUNNING,
    BLOCKED,
    PAUSED,
    SHUTDOWN,
    SHUTOFF,
    CRASHED,
    PMSUSPENDED,
    DISK_SNAPSHOT;

    static final String WORDS = Arrays.stream(values()).map(GuestState::word).collect(Collectors.joining(", "));

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<GuestState> of(String word) {
        return Arrays.stream(values()).filter(s -> s.word().equals(word)).findFirst();
    }

    /** Whether a snapshot in this state holds no memory. */
    public boolean offline() {
        return this == SHUTOFF || this == DISK_SNAPSHOT;
    }
}
