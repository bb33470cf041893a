package io.snapledger.query.view;

import io.snapledger.query.jooq.slot.tables.records.OperationRecord;
import io.snapledger.query.view.Entry.Happened;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Reply.StepReport.Result;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.OperationView.Progress;
import io.snapledger.schema.query.OperationView.Step;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An operation as readers see it.
 *
 * @param position where it was requested in the log
 */
public record OperationRow(long position, OperationView view) {
    private static final int ALL = 100;

    static OperationRow requested(Happened entry, DomainEvent.Opening event, String command) {
        return new OperationRow(
                entry.position(),
                new OperationView(
                        event.operation(),
                        entry.domain(),
                        event.definition().host(),
                        command,
                        event.about(),
                        OperationState.REQUESTED,
                        event.attempt(),
                        Progress.of(0),
                        steps(List.of(), event.attempt(), event.plan()),
                        entry.at(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        undone(event)));
    }

    private static Optional<OperationId> undone(DomainEvent.Opening event) {
        return switch (event) {
            case DomainEvent.UndoRequested e -> Optional.of(e.undone());
            case DomainEvent.CollectionRequested e -> Optional.of(e.collected());
            case DomainEvent.SnapshotCreationRequested _,
                    DomainEvent.BranchRequested _,
                    DomainEvent.RevertRequested _,
                    DomainEvent.DeletionRequested _,
                    DomainEvent.MergeRequested _,
                    DomainEvent.DiscardRequested _ -> Optional.empty();
        };
    }

    /** Over as soon as it is decided: the host has nothing to do yet. */
    static OperationRow deferred(Happened entry, DomainEvent.DeletionDeferred event) {
        return new OperationRow(
                entry.position(),
                new OperationView(
                        event.operation(),
                        entry.domain(),
                        event.host(),
                        "Delete",
                        event.about(),
                        OperationState.SUCCEEDED,
                        1,
                        Progress.of(ALL),
                        List.of(),
                        entry.at(),
                        Optional.of(entry.at()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty()));
    }

    OperationRow attempting(OperationState state, DomainEvent.HostWork work) {
        return with(
                state,
                work.attempt(),
                0,
                steps(view.steps(), work.attempt(), work.plan()),
                view.endedAt(),
                HostRun.NOTHING,
                view.code(),
                view.message(),
                view.leftovers());
    }

    OperationRow in(OperationState state) {
        return with(
                state,
                view.attempt(),
                view.progress().percent(),
                view.steps(),
                view.endedAt(),
                HostRun.NOTHING,
                view.code(),
                view.message(),
                view.leftovers());
    }

    OperationRow succeeded(Instant at, HostRun run) {
        return with(
                OperationState.SUCCEEDED,
                view.attempt(),
                ALL,
                told(view.attempt(), run),
                Optional.of(at),
                run,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    OperationRow failed(DomainEvent.HostOperationFailed event) {
        OperationState next = switch (event.next()) {
            case ROLL_BACK -> OperationState.ROLLING_BACK;
            case RESUME -> OperationState.RETRYING;
            case NONE -> OperationState.NEEDS_ATTENTION;
        };
        List<Step> told = told(event.attempt(), event.run());
        return with(
                next,
                view.attempt(),
                percent(event.attempt(), told),
                told,
                view.endedAt(),
                event.run(),
                view.code(),
                Optional.of(event.failure().message()),
                event.leftovers());
    }

    OperationRow rolledBack(Instant at, DomainEvent.OperationRolledBack event) {
        return with(
                OperationState.ROLLED_BACK,
                view.attempt(),
                view.progress().percent(),
                told(view.attempt(), event.run()),
                Optional.of(at),
                HostRun.NOTHING,
                Optional.of(event.code()),
                Optional.of(event.message()),
                List.of());
    }

    OperationRow cancelled(Instant at, DomainEvent.OperationCancelled event) {
        return with(
                OperationState.CANCELLED,
                view.attempt(),
                view.progress().percent(),
                told(view.attempt(), event.run()),
                Optional.of(at),
                event.run(),
                Optional.of(RejectionCode.WRONG_STATE),
                Optional.of(event.message()),
                List.of());
    }

    OperationRow abandoned(Instant at, DomainEvent.OperationAbandoned event) {
        return with(
                OperationState.ABANDONED,
                view.attempt(),
                view.progress().percent(),
                view.steps(),
                Optional.of(at),
                HostRun.NOTHING,
                Optional.of(event.code()),
                Optional.of(event.message()),
                event.leftovers());
    }

    OperationRow keeping(DomainEvent.LeftoversKept event) {
        return with(
                view.state(),
                view.attempt(),
                view.progress().percent(),
                view.steps(),
                view.endedAt(),
                HostRun.NOTHING,
                view.code(),
                Optional.of(event.message()),
                event.files());
    }

    OperationRow needsAttention(DomainEvent.OperationNeedsAttention event) {
        return with(
                OperationState.NEEDS_ATTENTION,
                view.attempt(),
                view.progress().percent(),
                told(view.attempt(), event.run()),
                view.endedAt(),
                HostRun.NOTHING,
                Optional.of(event.code()),
                Optional.of(event.message()),
                event.leftovers());
    }

    private OperationRow with(
            OperationState state,
            int attempt,
            int percent,
            List<Step> steps,
            Optional<Instant> endedAt,
            HostRun run,
            Optional<RejectionCode> code,
            Optional<String> message,
            List<HostPath> leftovers) {
        return new OperationRow(
                position,
                new OperationView(
                        view.id(),
                        view.domain(),
                        view.host(),
                        view.command(),
                        view.snapshot(),
                        state,
                        attempt,
                        Progress.of(percent),
                        steps,
                        view.requestedAt(),
                        endedAt,
                        run.pausedMillis().or(view::pausedMillis),
                        run.frozenMillis().or(view::frozenMillis),
                        code,
                        message,
                        leftovers,
                        view.undoes()));
    }

    /** The steps known so far and those of the new attempt, of which nothing is known yet. */
    private static List<Step> steps(List<Step> known, int attempt, Plan plan) {
        List<Step> all = new ArrayList<>(known);
        all.removeIf(s -> s.attempt() == attempt);
        for (int i = 0; i < plan.steps().size(); i++) {
            String kind = Words.of(plan.steps().get(i).getClass());
            all.add(new Step(attempt, i, kind, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
        }
        return all;
    }

    /** The steps with what the run tells of those of the given attempt. */
    private List<Step> told(int attempt, HostRun run) {
        return view.steps().stream()
                .map(step -> run.outcomes().stream()
                        .filter(o -> step.attempt() == attempt && o.step() == step.step())
                        .findFirst()
                        .map(o -> told(step, o))
                        .orElse(step))
                .toList();
    }

    private static Step told(Step step, StepOutcome outcome) {
        return switch (outcome) {
            case StepOutcome.Done o -> told(step, o, Result.DONE, Optional.empty(), o.way());
            case StepOutcome.Failed o -> told(step, o, Result.FAILED, Optional.of(o.failure()), Optional.empty());
            case StepOutcome.Unknown o -> told(step, o, Result.UNKNOWN, Optional.of(o.failure()), Optional.empty());
        };
    }

    private static Step told(
            Step step, StepOutcome outcome, Result result, Optional<Failure> failure, Optional<MemoryWay> way) {
        return new Step(
                step.attempt(),
                step.step(),
                step.kind(),
                Optional.of(result),
                Optional.of(outcome.millis()),
                failure.map(Failure::message),
                way);
    }

    private static int percent(int attempt, List<Step> steps) {
        List<Step> current = steps.stream().filter(s -> s.attempt() == attempt).toList();
        long done = current.stream()
                .filter(s -> s.outcome().equals(Optional.of(Result.DONE)))
                .count();
        return current.isEmpty() ? 0 : (int) (done * ALL / current.size());
    }

    /** Reads a row. */
    public static OperationRow of(OperationRecord r) {
        return new OperationRow(
                r.getRequestedPosition(),
                new OperationView(
                        new OperationId(r.getId()),
                        new DomainId(r.getDomain()),
                        new HostName(r.getHost()),
                        r.getCommand(),
                        Optional.ofNullable(r.getSnapshot()).map(SnapshotName::new),
                        OperationState.valueOf(r.getState()),
                        r.getAttempt(),
                        Progress.of(r.getPercent()),
                        List.of(Stored.read(r.getSteps(), Step[].class)),
                        r.getRequestedAt(),
                        Optional.ofNullable(r.getEndedAt()),
                        Optional.ofNullable(r.getPausedMillis()),
                        Optional.ofNullable(r.getFrozenMillis()),
                        Optional.ofNullable(r.getCode()).map(RejectionCode::valueOf),
                        Optional.ofNullable(r.getMessage()),
                        List.of(Stored.read(r.getLeftovers(), HostPath[].class)),
                        Optional.ofNullable(r.getUndoes()).map(OperationId::new)));
    }

    OperationRecord stored() {
        OperationRecord r = new OperationRecord();
        r.setId(view.id().value());
        r.setRequestedPosition(position);
        r.setDomain(view.domain().value());
        r.setHost(view.host().value());
        r.setCommand(view.command());
        r.setSnapshot(view.snapshot().map(SnapshotName::value).orElse(null));
        r.setState(view.state().name());
        r.setAttempt(view.attempt());
        r.setPercent(view.progress().percent());
        r.setSteps(Stored.json(view.steps().toArray(Step[]::new)));
        r.setRequestedAt(view.requestedAt());
        r.setEndedAt(view.endedAt().orElse(null));
        r.setPausedMillis(view.pausedMillis().orElse(null));
        r.setFrozenMillis(view.frozenMillis().orElse(null));
        r.setCode(view.code().map(Enum::name).orElse(null));
        r.setMessage(view.message().map(Stored::text).orElse(null));
        r.setUndoes(view.undoes().map(OperationId::value).orElse(null));
        r.setLeftovers(Stored.json(view.leftovers().toArray(HostPath[]::new)));
        return r;
    }
}
