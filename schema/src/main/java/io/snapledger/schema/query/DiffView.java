package io.snapledger.schema.query;

import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * What is otherwise with a domain at one moment than at another. What did not change is left out.
 *
 * @param domain by which name it was asked for
 * @param from the position of the log of the first moment
 * @param to that of the second
 * @param defined whether the domain was there; a domain that was not has no snapshots and no layers
 * @param current which snapshot was current
 * @param state what the guest was doing
 */
public record DiffView(
        DomainName domain,
        long from,
        long to,
        Optional<DefinedChange> defined,
        Optional<CurrentChange> current,
        Optional<StateChange> state,
        Snapshots snapshots,
        Layers layers) {

    /** Whether the domain was there, and whether it is there then. */
    public record DefinedChange(boolean from, boolean to) {}

    /** What was current, and what is then. */
    public record CurrentChange(Optional<SnapshotName> from, Optional<SnapshotName> to) {}

    /** What the guest was seen doing. */
    public record StateChange(Optional<RunState> from, Optional<RunState> to) {}

    /** A name that was given anew stands for a snapshot removed and another added. */
    public record Snapshots(List<SnapshotView> added, List<SnapshotView> removed, List<ChangedSnapshot> changed) {
        public Snapshots {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
            changed = List.copyOf(changed);
        }
    }

    /** @param fields those that differ, by their names in {@link SnapshotView} */
    public record ChangedSnapshot(SnapshotName name, List<String> fields, SnapshotView from, SnapshotView to) {
        public ChangedSnapshot {
            fields = List.copyOf(fields);
        }
    }

    /** The graph of the disks' files; one that is changed lies on another file, is active or not, or is the user's now. */
    public record Layers(
            List<LayersView.LayerFile> added, List<LayersView.LayerFile> removed, List<ChangedLayer> changed) {
        public Layers {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
            changed = List.copyOf(changed);
        }
    }

    /** One file as it was, and as it is then. */
    public record ChangedLayer(LayersView.LayerFile from, LayersView.LayerFile to) {}
}
