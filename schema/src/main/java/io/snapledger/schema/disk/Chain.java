package io.snapledger.schema.disk;

import java.util.List;

/** The layers that one disk is read through, the active one first, down to the file that lies on nothing of ours. */
public record Chain(DiskTarget target, List<Image> layers, boolean readOnly) {
    public Chain {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("disk " + target + " has no layer");
        }
    }

    public Image active() {
        return layers.getFirst();
    }
}
