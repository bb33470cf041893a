package io.snapledger.schema.operation;

import io.snapledger.schema.disk.HostPath;
import java.time.Instant;
import java.util.List;

/**
 * What an operation leaves in place so that it can be taken back for a while.
 *
 * @param until from then on it cannot be taken back, and what it keeps goes
 * @param files layers and memories whose content stays as it is
 * @param tags inside layers that stay, which the guest may write: those of snapshots that are gone, and {@code undo}
 * @param undo those of {@code tags} that hold what was active before; restored when the operation is taken back
 */
public record Pin(Instant until, List<HostPath> files, List<Step.Tag> tags, List<Step.Tag> undo) {
    public Pin {
        files = List.copyOf(files);
        tags = List.copyOf(tags);
        undo = List.copyOf(undo);
    }
}
