package io.snapledger.runtime.evidence;

import java.util.UUID;

/**
 * What somebody outside holds of an entry: every event and reply carries it.
 *
 * @param entry the id of the entry, which is the id of the event
 * @param hash {@code ledgerhash} of the event
 */
public record Anchor(UUID domain, String entry, String hash) {}
