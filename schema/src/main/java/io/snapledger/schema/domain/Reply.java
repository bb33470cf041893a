package io.snapledger.schema.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * What a client hears: {@code CommandAccepted} or {@code CommandRejected}, then, where host work follows, one of the
 * two others (CONTRACT.md §4).
 */
public sealed interface Reply {

    /**
     * The command's events are stored; {@code operation} is there when host work follows. To a {@code dryRun} the answer
     * is the {@code rehearsal} alone.
     */
    record CommandAccepted(Optional<OperationId> operation, List<EventRef> events, Optional<Rehearsal> rehearsal)
            implements Reply {
        public CommandAccepted {
            events = List.copyOf(events);
        }
    }

    /** An event by its stable name and its place in the domain's stream. */
    record EventRef(String type, long sequence) {}

    /** Nothing happened. */
    record CommandRejected(RejectionCode code, String message, Rejection.Details details) implements Reply {
        public CommandRejected(Rejection rejection) {
            this(rejection.code(), rejection.message(), rejection.details());
        }
    }

    /** The host work is done. */
    record OperationCompleted(
            OperationId operation,
            Optional<SnapshotName> snapshot,
            Optional<Long> pausedMillis,
            Optional<Long> frozenMillis,
            List<StepReport> steps)
            implements Reply {
        public OperationCompleted {
            steps = List.copyOf(steps);
        }

        public OperationCompleted(OperationId operation, Optional<SnapshotName> snapshot, HostRun run) {
            this(
                    operation,
                    snapshot,
                    run.pausedMillis(),
                    run.frozenMillis(),
                    run.outcomes().stream().map(StepReport::of).toList());
        }
    }

    /** One step of a finished operation; {@code memoryWay} of one that saved a memory into a file. */
    record StepReport(int step, Result outcome, long millis, Optional<MemoryWay> memoryWay) {

        /** How it went. */
        public enum Result {
            DONE,
            FAILED,
            UNKNOWN
        }

        static StepReport of(StepOutcome outcome) {
            Result result = switch (outcome) {
                case StepOutcome.Done _ -> Result.DONE;
                case StepOutcome.Failed _ -> Result.FAILED;
                case StepOutcome.Unknown _ -> Result.UNKNOWN;
            };
            Optional<MemoryWay> way = outcome instanceof StepOutcome.Done done ? done.way() : Optional.empty();
            return new StepReport(outcome.step(), result, outcome.millis(), way);
        }
    }

    /** The host work did not reach its end; {@code leftovers} is empty when it was rolled back. */
    record OperationFailed(
            OperationId operation, RejectionCode code, String message, boolean rolledBack, List<HostPath> leftovers)
            implements Reply {
        public OperationFailed {
            leftovers = List.copyOf(leftovers);
        }
    }
}
