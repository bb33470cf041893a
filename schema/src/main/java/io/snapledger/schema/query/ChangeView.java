package io.snapledger.schema.query;

import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Optional;

/**
 * One event of the stream: what became true, and of what. Whoever hears it can ask for the rest.
 *
 * @param position place in the log; the stream goes on after it
 * @param type the event's name without prefix and version, for example {@code SnapshotCreated}
 * @param snapshot the snapshot that it is about, where it is about one
 * @param operation the work that it belongs to, where it belongs to one
 */
public record ChangeView(
        long position,
        Instant at,
        DomainId domain,
        String type,
        AuditView.Outcome outcome,
        Optional<SnapshotName> snapshot,
        Optional<OperationId> operation,
        Optional<String> actor) {}
