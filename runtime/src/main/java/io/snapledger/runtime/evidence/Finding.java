package io.snapledger.runtime.evidence;

import java.util.Optional;
import java.util.UUID;

/**
 * Something that the log should not be.
 *
 * @param position where in the log, as near as can be told
 * @param entry the id of the entry that it was found at
 * @param message one sentence that names it
 */
public record Finding(Kind kind, UUID domain, Optional<Long> position, Optional<String> entry, String message) {
    public enum Kind {
        /** The entry is not what was hashed when it was appended, or the one before it was changed and hashed anew. */
        CHANGED,
        /** Entries are gone from the middle of a domain's chain. */
        REMOVED,
        /** The entry was put into a chain that goes on without it. */
        INSERTED,
        /** Entries are gone from the end of a domain's chain. */
        TRUNCATED,
        /** The entry was changed, or one before it is gone that was no event; which of the two cannot be told. */
        BROKEN,
        /** What others hold of an entry is not what the log has. */
        CONTRADICTED
    }
}
