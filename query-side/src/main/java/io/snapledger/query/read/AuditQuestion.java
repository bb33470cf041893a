package io.snapledger.query.read;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.Optional;

/**
 * Which lines of the audit are wanted; what is absent does not restrict.
 *
 * @param domain id or name
 * @param from from this time on
 * @param to up to before this time
 */
public record AuditQuestion(
        Optional<String> domain,
        Optional<SnapshotName> snapshot,
        Optional<String> actor,
        Optional<String> source,
        Optional<String> type,
        Optional<AuditView.Outcome> outcome,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<String> correlation,
        int limit,
        Optional<String> cursor) {

    /** The same, so many lines at once. */
    public AuditQuestion reading(int many) {
        return new AuditQuestion(domain, snapshot, actor, source, type, outcome, from, to, correlation, many, cursor);
    }

    /** What a cursor belongs to. */
    String asked() {
        return new Asked()
                .with("domain", domain)
                .with("snapshot", snapshot)
                .with("actor", actor)
                .with("source", source)
                .with("type", type)
                .with("outcome", outcome.map(Words::of))
                .with("from", from)
                .with("to", to)
                .with("correlation", correlation)
                .text();
    }
}
