package io.snapledger.schema.query;

import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Optional;

/**
 * A line of the audit: a command with what was answered, or an event.
 *
 * @param position place in the log
 * @param domain absent only where a command named none that could be read
 * @param type the name without prefix and version, for example {@code CreateSnapshot} or {@code SnapshotCreated}
 * @param correlation the id of the command that began it all
 */
public record AuditView(
        long position,
        Instant at,
        Optional<DomainId> domain,
        Optional<SnapshotName> snapshot,
        Kind kind,
        String type,
        Outcome outcome,
        Optional<String> actor,
        Optional<String> source,
        Optional<String> correlation,
        Optional<OperationId> operation,
        Optional<String> reason,
        Optional<RejectionCode> code,
        Optional<String> message) {

    /** Whether someone wished it, or it became true. */
    public enum Kind {
        COMMAND,
        EVENT
    }

    /** What came of it: the first three of a command, the others of an event. */
    public enum Outcome {
        ACCEPTED,
        REJECTED,
        REPEATED,
        RECORDED,
        SUCCEEDED,
        FAILED
    }
}
