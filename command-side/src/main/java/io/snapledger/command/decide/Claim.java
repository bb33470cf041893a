package io.snapledger.command.decide;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;

/** Something that only one domain of the fleet may have. */
public sealed interface Claim {
    record Name(DomainName name) implements Claim {}

    record File(HostName host, HostPath path) implements Claim {}
}
