package io.snapledger.query.view;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.DomainId;
import java.time.Instant;

/** Where a domain's host was otherwise than the ledger for a part of the log: one of each kind a file at most. */
public record DriftRow(DomainId domain, Drift drift, Instant since) {
    Key key() {
        return key(domain, drift);
    }

    static Key key(DomainId domain, Drift drift) {
        return new Key(domain, drift.file(), Words.of(drift.getClass()));
    }

    record Key(DomainId domain, HostPath file, String kind) {}
}
