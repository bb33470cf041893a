package io.snapledger.schema.query;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A line of the audit with all that the log has of it. Passwords are left out: whoever asks here may only read.
 *
 * @param sentAt of a command, by the client's clock
 * @param data the command as it came, cut where it was long, or the event
 * @param snapshots those that a rejection names
 * @param layers the files that a rejection names
 * @param field the field of the command that was wrong
 * @param events what the command led to at once, by their types
 */
public record AuditEntryView(
        AuditView line,
        Optional<Instant> sentAt,
        String data,
        List<SnapshotName> snapshots,
        List<HostPath> layers,
        Optional<String> field,
        List<String> events) {
    public AuditEntryView {
        snapshots = List.copyOf(snapshots);
        layers = List.copyOf(layers);
        events = List.copyOf(events);
    }
}
