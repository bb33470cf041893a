package io.snapledger.schema.disk;

import io.snapledger.schema.disk.LayerChange.Active;
import java.util.List;

/**
 * What a domain learns of its layers when a snapshot that exists is made known. Nothing changes on the host.
 *
 * @param layers each after the one that it lies on: files that were not known, and known ones with what lies beneath them
 * @param active the layers that the guest writes, where that is told by what is known now
 * @param released layers that nobody refers to any more, and that are kept as they are
 */
public record Adoption(List<Layer> layers, List<Active> active, List<HostPath> released) {
    public static final Adoption NONE = new Adoption(List.of(), List.of(), List.of());

    public Adoption {
        layers = List.copyOf(layers);
        active = List.copyOf(active);
        released = List.copyOf(released);
    }
}
