package io.snapledger.schema.disk;

import java.util.List;

/**
 * What an operation changes in the layers of its domain, in this order: layers made, layers folded into the one below,
 * layers dropped, and which layers are active from now on (disks not named keep theirs).
 */
public record LayerChange(List<Layer> made, List<Fold> folded, List<HostPath> dropped, List<Active> active) {
    public static final LayerChange NONE = new LayerChange(List.of(), List.of(), List.of(), List.of());

    public LayerChange {
        made = List.copyOf(made);
        folded = List.copyOf(folded);
        dropped = List.copyOf(dropped);
        active = List.copyOf(active);
    }

    /** The content of {@code top} is now in {@code base}: whoever referred to the one refers to the other. */
    public record Fold(DiskTarget target, HostPath top, HostPath base) {}

    /** The layer that the guest writes on one disk. */
    public record Active(DiskTarget target, HostPath file) {}
}
