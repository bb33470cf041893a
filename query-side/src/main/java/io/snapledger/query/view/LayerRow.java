package io.snapledger.query.view;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.value.DomainId;
import java.util.Optional;

/** A layer of a domain's disk as it was for a part of the log; the guest writes to it while it is active. */
public record LayerRow(DomainId domain, Layer layer, boolean active) {
    LayerRow onto(HostPath backing) {
        return onto(Optional.of(backing));
    }

    LayerRow onto(Optional<HostPath> backing) {
        return new LayerRow(domain, new Layer(layer.target(), layer.image(), backing, layer.origin()), active);
    }

    LayerRow active(boolean other) {
        return new LayerRow(domain, layer, other);
    }

    LayerRow released() {
        return new LayerRow(domain, layer.withOrigin(Layer.Origin.RELEASED), active);
    }

    Key key() {
        return new Key(domain, layer.file());
    }

    record Key(DomainId domain, HostPath file) {}
}
