package io.snapledger.schema.query;

import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot that is gone, as it was last, and how it went. Of a name that was given again and again there is one each.
 *
 * @param deletedAt by the intake's clock
 * @param lastPosition ask at this position of the log to see it once more
 * @param event what made it go, for example {@code SnapshotsDeleted}; absent until the audit has come so far
 * @param command what was asked for, for example {@code Delete} or {@code Revert}
 * @param actor who asked for it
 * @param source who sent that command
 * @param operation the host work that it went with
 * @param reason what the command gives as its reason
 */
public record DeletedSnapshotView(
        DomainId domain,
        SnapshotName name,
        Optional<String> description,
        Optional<SnapshotName> parent,
        Instant createdAt,
        SnapshotState state,
        Location location,
        Instant deletedAt,
        long lastPosition,
        Optional<String> event,
        Optional<String> command,
        Optional<String> actor,
        Optional<String> source,
        Optional<OperationId> operation,
        Optional<String> reason) {}
