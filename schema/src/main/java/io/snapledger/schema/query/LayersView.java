package io.snapledger.schema.query;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * The files of a domain: the layers of its disks as a graph, and the memories of its snapshots.
 *
 * @param layers by disk, then by path
 * @param memories by the name of their snapshot
 */
public record LayersView(DomainId domain, DomainName name, List<LayerFile> layers, List<MemoryFile> memories) {
    public LayersView {
        layers = List.copyOf(layers);
        memories = List.copyOf(memories);
    }

    /**
     * One layer of one disk.
     *
     * @param backing the layer that it lies on
     * @param active whether the guest writes it
     * @param snapshots those whose state of the disk it is, or has inside, by name
     */
    public record LayerFile(
            HostPath path,
            DiskTarget target,
            ImageFormat format,
            Optional<HostPath> backing,
            Layer.Origin origin,
            boolean active,
            List<SnapshotName> snapshots) {
        public LayerFile {
            snapshots = List.copyOf(snapshots);
        }
    }

    /**
     * The saved memory of one snapshot.
     *
     * @param size in bytes; absent until it is known
     */
    public record MemoryFile(HostPath path, SnapshotName snapshot, CaptureMode mode, Optional<Long> size) {}
}
