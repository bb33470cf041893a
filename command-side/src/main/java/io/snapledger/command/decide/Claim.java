package io.snapledger.command.decide;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;

/** What a domain has for itself against all others, or only together with others that do not write it either. */
public sealed interface Claim {
    record Name(DomainName name) implements Claim {}

    /** A file, or a socket, that only one domain has. */
    record File(HostName host, HostPath path) implements Claim {}

    /** A disk that is only read, which many domains may have and none may write. */
    record SharedFile(HostName host, HostPath path) implements Claim {}
}
