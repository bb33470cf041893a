/**
 * What is known of one domain: its snapshots, its layers, and the operation in flight. Everything here is immutable and
 * moves only by {@link io.snapledger.command.domain.DomainState#evolve}; nothing here decides, waits or calls out.
 */
@NullMarked
package io.snapledger.command.domain;

import org.jspecify.annotations.NullMarked;
