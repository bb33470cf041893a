package io.snapledger.schema.operation;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;

/**
 * What an executor sees of a domain: its run state and, for a running guest, the layers that its disks really have.
 *
 * @param tags every tag inside the images of its disks, whoever made it; absent when nobody looked inside
 * @param files its files; absent when nobody looked at them
 */
public record Observation(
        RunState runState, List<Chain> disks, Optional<List<ImageTags>> tags, Optional<SeenFiles> files) {
    public Observation {
        disks = List.copyOf(disks);
        tags = tags.map(List::copyOf);
    }

    public Observation(RunState runState, List<Chain> disks) {
        this(runState, disks, Optional.empty(), Optional.empty());
    }

    public Observation with(Optional<List<ImageTags>> inside, Optional<SeenFiles> there) {
        return new Observation(runState, disks, inside, there);
    }
}
