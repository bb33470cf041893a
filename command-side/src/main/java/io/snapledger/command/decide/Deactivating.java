package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;

/** Snapshot API v2's verb: a snapshot is no longer used, and is kept, merged or discarded. */
final class Deactivating {
    private Deactivating() {}

    static Decision decide(Situation situation, Deactivate asked) {
        refuseIf(
                asked.force() && asked.mode().isEmpty(),
                RejectionCode.INVALID_COMBINATION,
                "force goes with mode merge or discard; without a mode nothing is removed");
        if (asked.mode().isEmpty()) {
            return keep(situation, situation.snapshot(asked.snapshot()).name());
        }
        return switch (asked.mode().get()) {
            case MERGE -> Merging.decide(situation, new Merge(asked.snapshot(), asked.force()));
            case DISCARD -> Decision.of(Discarding.open(situation, asked.snapshot(), asked.force()));
        };
    }

    /** One that is not current is not in use. */
    private static Decision keep(Situation situation, SnapshotName name) {
        return situation.state().snapshots().current().equals(Optional.of(name))
                ? Decision.of(new SnapshotDeactivated(name))
                : Decision.of();
    }
}
