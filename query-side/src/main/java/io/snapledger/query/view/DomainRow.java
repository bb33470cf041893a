package io.snapledger.query.view;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;

/** A domain as it was for a part of the log. */
public record DomainRow(
        DomainId id,
        DomainDefinition definition,
        Optional<RunState> runState,
        Optional<SnapshotName> current,
        Optional<OperationId> operation) {
    DomainRow with(DomainDefinition other) {
        return new DomainRow(id, other, runState, current, operation);
    }

    DomainRow with(RunState other) {
        return new DomainRow(id, definition, Optional.of(other), current, operation);
    }

    DomainRow withCurrent(Optional<SnapshotName> other) {
        return new DomainRow(id, definition, runState, other, operation);
    }

    DomainRow busyWith(OperationId other) {
        return new DomainRow(id, definition, runState, current, Optional.of(other));
    }

    DomainRow idle() {
        return new DomainRow(id, definition, runState, current, Optional.empty());
    }
}
