package io.snapledger.command.decide;

import io.snapledger.schema.domain.HostReport;

/** What the domain's host last told of itself, and whether it has said nothing for too long since. */
public record HostFacts(HostReport report, boolean silent) {}
