package io.snapledger.query.read;

import io.snapledger.schema.value.HostName;
import java.util.Optional;

/**
 * Which snapshots of the whole fleet are wanted, and in which order.
 *
 * @param host only of the domains of this host
 * @param domain only of this domain, by id or name
 */
public record FleetQuestion(
        SnapshotSearch search,
        Optional<HostName> host,
        Optional<String> domain,
        Sort sort,
        int limit,
        Optional<String> cursor,
        AsOf asOf) {

    /** What a cursor belongs to. */
    String asked() {
        Asked asked = new Asked().with("host", host).with("domain", domain);
        search.into(asked);
        return asked.with("sort", sort.word()).with(asOf).text();
    }
}
