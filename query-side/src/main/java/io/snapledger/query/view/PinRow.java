package io.snapledger.query.view;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an operation that can be taken back keeps.
 *
 * @param tags those of the files that are kept for a tag in them
 */
public record PinRow(DomainId domain, PinView view, List<Step.Tag> tags) {
    public PinRow {
        tags = List.copyOf(tags);
    }

    static PinRow of(DomainId domain, OperationId operation, Pin pin, List<SnapshotName> snapshots) {
        Set<HostPath> files = new LinkedHashSet<>(pin.files());
        pin.tags().forEach(t -> files.add(t.image().file()));
        return new PinRow(domain, new PinView(operation, pin.until(), snapshots, List.copyOf(files)), pin.tags());
    }

    Key key() {
        return new Key(domain, view.operation());
    }

    record Key(DomainId domain, OperationId operation) {}
}
