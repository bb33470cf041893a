package io.snapledger.schema.disk;

import io.snapledger.schema.value.OperationId;
import java.util.List;

/**
 * What an operation changes in the layers of its domain, in this order: layers made, layers folded into the one below,
 * layers dropped, and which layers are active from now on (disks not named keep theirs).
 *
 * @param unpinned operations that can be taken back no more, since what they kept is gone or in use again
 */
public record LayerChange(
        List<Layer> made, List<Fold> folded, List<HostPath> dropped, List<Active> active, List<OperationId> unpinned) {
    public static final LayerChange NONE = new LayerChange(List.of(), List.of(), List.of(), List.of());

    public LayerChange {
        made = List.copyOf(made);
        folded = List.copyOf(folded);
        dropped = List.copyOf(dropped);
        active = List.copyOf(active);
        unpinned = List.copyOf(unpinned);
    }

    /** A change that ends no undo time. */
    public LayerChange(List<Layer> made, List<Fold> folded, List<HostPath> dropped, List<Active> active) {
        this(made, folded, dropped, active, List.of());
    }

    /** The content of {@code top} is now in {@code base}: whoever referred to the one refers to the other. */
    public record Fold(DiskTarget target, HostPath top, HostPath base) {}

    /** The layer that the guest writes on one disk. */
    public record Active(DiskTarget target, HostPath file) {}
}
