package io.snapledger.schema.disk;

import io.snapledger.schema.value.OperationId;
import java.util.List;

/**
 * What an operation changes in the layers of its domain, in this order: layers made, layers folded into the one below,
 * layers dropped, and which layers are active from now on (disks not named keep theirs). A layer that was streamed lies on
 * what its base lies on.
 *
 * @param streamed layers that hold what their base adds
 * @param released layers that are the user's from now on, kept for what others have on them
 * @param unpinned operations that can be taken back no more, since what they kept is gone or in use again
 */
public record LayerChange(
        List<Layer> made,
        List<Fold> folded,
        List<Stream> streamed,
        List<HostPath> dropped,
        List<HostPath> released,
        List<Active> active,
        List<OperationId> unpinned) {
    public static final LayerChange NONE = new LayerChange(List.of(), List.of(), List.of(), List.of());

    public LayerChange {
        made = List.copyOf(made);
        folded = List.copyOf(folded);
        streamed = List.copyOf(streamed);
        dropped = List.copyOf(dropped);
        released = List.copyOf(released);
        active = List.copyOf(active);
        unpinned = List.copyOf(unpinned);
    }

    /** A change of layers that nobody else reads. */
    public LayerChange(
            List<Layer> made,
            List<Fold> folded,
            List<HostPath> dropped,
            List<Active> active,
            List<OperationId> unpinned) {
        this(made, folded, List.of(), dropped, List.of(), active, unpinned);
    }

    /** As above, and one that ends no undo time. */
    public LayerChange(List<Layer> made, List<Fold> folded, List<HostPath> dropped, List<Active> active) {
        this(made, folded, dropped, active, List.of());
    }

    /** The content of {@code top} is now in {@code base}: whoever referred to the one refers to the other. */
    public record Fold(DiskTarget target, HostPath top, HostPath base) {}

    /** What {@code base} holds is now in {@code top} too, which lies on what {@code base} lies on; the base is as before. */
    public record Stream(DiskTarget target, HostPath top, HostPath base) {}

    /** The layer that the guest writes on one disk. */
    public record Active(DiskTarget target, HostPath file) {}
}
