package io.snapledger.executor.port;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.value.DomainId;

/** A virtual machine as the ledger describes it: who it is and how it is defined now. */
public record Domain(DomainId id, DomainDefinition definition) {}
