package io.snapledger.schema.query;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.Reply.StepReport;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The host work of one command.
 *
 * @param command the kind of command, for example {@code CreateSnapshot}
 * @param code why it did not succeed; absent while it may
 * @param leftovers files that a person should look at; empty unless it needs attention
 * @param undoes the operation that it takes back, or whose undo time it ends
 */
public record OperationView(
        OperationId id,
        DomainId domain,
        HostName host,
        String command,
        Optional<SnapshotName> snapshot,
        OperationState state,
        int attempt,
        Progress progress,
        List<Step> steps,
        Instant requestedAt,
        Optional<Instant> endedAt,
        Optional<Long> pausedMillis,
        Optional<Long> frozenMillis,
        Optional<RejectionCode> code,
        Optional<String> message,
        List<HostPath> leftovers,
        Optional<OperationId> undoes) {
    public OperationView {
        steps = List.copyOf(steps);
        leftovers = List.copyOf(leftovers);
    }

    /**
     * How much is done: of the long step that runs, while one tells of itself, else of all steps.
     *
     * @param step the index of that step in the attempt's plan
     */
    public record Progress(int percent, Optional<Long> doneBytes, Optional<Long> totalBytes, Optional<Integer> step) {

        /** Of all steps. */
        public static Progress of(int percent) {
            return new Progress(percent, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /** The same, this far. */
    public OperationView with(Progress now) {
        return new OperationView(
                id,
                domain,
                host,
                command,
                snapshot,
                state,
                attempt,
                now,
                steps,
                requestedAt,
                endedAt,
                pausedMillis,
                frozenMillis,
                code,
                message,
                leftovers,
                undoes);
    }

    /**
     * One step of one attempt.
     *
     * @param attempt a rollback or a resumption is an attempt of its own
     * @param step its index in that attempt's plan
     * @param kind what it makes so, for example {@code makeOverlay}
     * @param outcome absent until the host has told it
     * @param memoryWay of one that saved a memory into a file
     */
    public record Step(
            int attempt,
            int step,
            String kind,
            Optional<StepReport.Result> outcome,
            Optional<Long> millis,
            Optional<String> message,
            Optional<MemoryWay> memoryWay) {}
}
