package io.snapledger.schema.operation;

import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.time.Instant;

/**
 * How far a long step of an operation is, told a few times a second. No event: it is not in the log, may be lost, and
 * says nothing of the outcome.
 *
 * @param step the index of the step in that attempt's plan
 * @param kind what the step makes so, for example {@code commitLayer}
 * @param totalBytes may grow while a guest writes; an upper bound where only that is known
 * @param percent of the step
 */
public record OperationProgress(
        DomainId domain,
        OperationId operation,
        int attempt,
        int step,
        String kind,
        long doneBytes,
        long totalBytes,
        int percent,
        Instant at) {
    private static final int ALL = 100;

    /** How much of the whole that is, in percent, from 0 to 100. */
    public static int percent(long doneBytes, long totalBytes) {
        return totalBytes <= 0 ? 0 : (int) Math.clamp((double) doneBytes * ALL / totalBytes, 0, ALL);
    }
}
