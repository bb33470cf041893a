package io.snapledger.runtime.axon;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One entry of the log as it is stored.
 *
 * @param position place in the log; grows, with holes where a writer gave up
 * @param id unique and stable; the id under which the entry is published
 * @param sequence place in the domain's own stream, from 0; none for outcomes of commands
 * @param type the stable name of the payload's record
 * @param metadata correlation, causation, trace and actor; see {@link Trail}
 * @param hash of this entry in the domain's chain, in hex
 */
public record LogEntry(
        long position,
        String id,
        UUID domain,
        Optional<Long> sequence,
        String type,
        String payload,
        Map<String, String> metadata,
        Instant at,
        String hash) {
    public LogEntry {
        metadata = Map.copyOf(metadata);
    }
}
