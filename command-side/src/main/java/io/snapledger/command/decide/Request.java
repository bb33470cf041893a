package io.snapledger.command.decide;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.time.Instant;

/**
 * A command as the intake took it.
 *
 * @param at the intake's clock
 * @param operation a fresh id, used if host work follows
 */
public record Request(DomainId domain, DomainCommand command, Instant at, OperationId operation) {}
