package io.snapledger.schema.domain;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;

/**
 * What a command would do if it were sent without {@code dryRun}, as far as the ledger can tell; nothing was changed. What
 * only the host can know, such as free space, is looked at when the command is sent in earnest.
 *
 * @param steps the host work, in order; none when the record alone changes
 * @param made files that would be made
 * @param removed files that would be removed
 * @param snapshotsLost snapshots that would be there no more
 * @param layersLost layers whose content would be gone, which excludes those committed into the one below
 * @param depth how many layers each disk would have afterwards
 */
public record Rehearsal(
        List<Step> steps,
        List<HostPath> made,
        List<HostPath> removed,
        List<SnapshotName> snapshotsLost,
        List<HostPath> layersLost,
        List<Depth> depth) {
    public Rehearsal {
        steps = List.copyOf(steps);
        made = List.copyOf(made);
        removed = List.copyOf(removed);
        snapshotsLost = List.copyOf(snapshotsLost);
        layersLost = List.copyOf(layersLost);
        depth = List.copyOf(depth);
    }

    /** The length of one disk's chain. */
    public record Depth(DiskTarget target, int layers) {}
}
