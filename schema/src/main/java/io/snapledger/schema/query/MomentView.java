package io.snapledger.schema.query;

import java.time.Instant;

/**
 * A moment at which something about a domain changed; the domain can be asked about as of each.
 *
 * @param sequence place in the domain's own stream, from 0
 * @param position place in the log
 * @param at by the intake's clock
 */
public record MomentView(long sequence, long position, Instant at) {}
