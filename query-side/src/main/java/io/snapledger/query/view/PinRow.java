package io.snapledger.query.view;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What an operation that can be taken back keeps. */
public record PinRow(DomainId domain, PinView view) {
    static PinRow of(DomainId domain, OperationId operation, Pin pin, List<SnapshotName> snapshots) {
        Set<HostPath> files = new LinkedHashSet<>(pin.files());
        pin.tags().forEach(t -> files.add(t.image().file()));
        return new PinRow(domain, new PinView(operation, pin.until(), snapshots, List.copyOf(files)));
    }

    Key key() {
        return new Key(domain, view.operation());
    }

    record Key(DomainId domain, OperationId operation) {}
}
