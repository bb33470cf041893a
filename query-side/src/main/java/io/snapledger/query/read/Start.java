package io.snapledger.query.read;

import io.snapledger.schema.value.SnapshotName;

/** Where in a domain's tree a question begins. */
public sealed interface Start {

    /** Above all roots. */
    record Everywhere() implements Start {}

    /** At the snapshot of this name. */
    record At(SnapshotName name) implements Start {}

    /** At the snapshot that is current at the moment that is asked about. */
    record Current() implements Start {}
}
