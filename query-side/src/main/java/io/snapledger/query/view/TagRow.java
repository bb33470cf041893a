package io.snapledger.query.view;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.value.DomainId;

/** A tag inside an image of a domain's disk as it was for a part of the log. */
public record TagRow(DomainId domain, DiskTarget target, HostPath file, StoredTag tag) {
    Key key() {
        return new Key(domain, target, file, tag.id(), tag.name());
    }

    record Key(DomainId domain, DiskTarget target, HostPath file, String id, String name) {}
}
