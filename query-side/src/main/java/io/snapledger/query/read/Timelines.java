package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.AUDIT;
import static io.snapledger.query.jooq.slot.Tables.OPERATION;

import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.OperationRow;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.TimelineView;
import io.snapledger.schema.query.TimelineView.Moment;
import io.snapledger.schema.query.TimelineView.What;
import io.snapledger.schema.value.OperationId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;

/** Questions about how one operation went, step by step. */
public final class Timelines {
    /** More than any operation comes to; a host that fails for ever adds some each time. */
    private static final int MOST = 500;

    private final Views views;
    private final LatestProgress progress;
    private final LoggedEntries log;

    public Timelines(Views views, LatestProgress progress, LoggedEntries log) {
        this.views = views;
        this.progress = progress;
        this.log = log;
    }

    private record Found(OperationView operation, List<AuditView> lines) {}

    /** @throws NotFoundException when there is no such operation */
    public Shown<TimelineView> of(OperationId id) {
        Shown<Found> found = views.read(OperationProjection.NAME, (in, _) -> found(in, id));
        OperationView operation = found.value().operation();
        List<Moment> moments = found.value().lines().stream()
                .flatMap(line -> moments(operation, line))
                .toList();
        return new Shown<>(new TimelineView(progress.shown(operation), moments), found.position());
    }

    private static Found found(DSLContext in, OperationId id) {
        OperationView operation = in.selectFrom(OPERATION)
                .where(OPERATION.ID.eq(id.value()))
                .fetchOptional(OperationRow::of)
                .map(OperationRow::view)
                .orElseThrow(() -> OperationQueries.unknown(id));
        List<UUID> ids = new ArrayList<>(in.select(OPERATION.ID)
                .from(OPERATION)
                .where(OPERATION.UNDOES.eq(id.value()))
                .fetch(OPERATION.ID));
        ids.add(id.value());
        List<AuditView> lines = Views.beside(in, AuditProjection.NAME)
                .selectFrom(AUDIT)
                .where(AUDIT.OPERATION.in(ids))
                .and(AUDIT.KIND.eq(AuditView.Kind.EVENT.name()).or(AUDIT.OUTCOME.eq(AuditView.Outcome.ACCEPTED.name())))
                .orderBy(AUDIT.POSITION)
                .limit(MOST)
                .fetch(AuditProjection::view);
        return new Found(operation, lines);
    }

    private Stream<Moment> moments(OperationView operation, AuditView line) {
        OperationId whose = line.operation().orElse(operation.id());
        return switch (line.kind()) {
            case COMMAND ->
                Stream.concat(sent(whose, line).stream(), Stream.of(told(whose, line, What.COMMAND_DECIDED)));
            case EVENT ->
                whose.equals(operation.id()) ? event(operation, line) : Stream.of(told(whose, line, What.EVENT));
        };
    }

    private Optional<Moment> sent(OperationId whose, AuditView line) {
        return log.at(line.position())
                .flatMap(entry -> switch (entry) {
                    case Entry.Answered answered ->
                        switch (answered.outcome()) {
                            case Outcome.CommandDecided decided -> decided.time();
                            case Outcome.CommandRepeated _ -> Optional.<Instant>empty();
                        };
                    case Entry.Happened _ -> Optional.<Instant>empty();
                })
                .map(time -> new Moment(
                        time,
                        Optional.empty(),
                        What.COMMAND_SENT,
                        whose,
                        line.type(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        line.actor().or(line::source),
                        line.reason()));
    }

    private static Moment told(OperationId whose, AuditView line, What what) {
        return told(whose, line, what, Optional.empty());
    }

    private static Moment told(OperationId whose, AuditView line, What what, Optional<Integer> attempt) {
        return new Moment(
                line.at(),
                Optional.of(line.position()),
                what,
                whose,
                line.type(),
                attempt,
                Optional.empty(),
                Optional.empty(),
                Optional.of(line.outcome()),
                line.actor().or(line::source),
                line.message().or(line::reason));
    }

    /** The steps that the event reports come before it. */
    private Stream<Moment> event(OperationView operation, AuditView line) {
        Optional<DomainEvent> event = log.at(line.position()).flatMap(entry -> switch (entry) {
            case Entry.Happened happened -> Optional.of(happened.event());
            case Entry.Answered _ -> Optional.empty();
        });
        Optional<Integer> attempt = event.flatMap(Timelines::attempt);
        Stream<Moment> steps = event.map(Timelines::run).stream()
                .flatMap(run -> steps(operation, line.at(), run, attempt.orElse(operation.attempt())));
        return Stream.concat(steps, Stream.of(told(operation.id(), line, What.EVENT, attempt)));
    }

    private static Optional<Integer> attempt(DomainEvent event) {
        return switch (event) {
            case DomainEvent.HostWork e -> Optional.of(e.attempt());
            case DomainEvent.HostOperationFailed e -> Optional.of(e.attempt());
            case DomainEvent.OperationStalled e -> Optional.of(e.attempt());
            case DomainEvent.CancellationRequested e -> Optional.of(e.attempt());
            case DomainEvent.Ending _, DomainEvent.OperationNeedsAttention _, DomainEvent.Noted _ -> Optional.empty();
        };
    }

    private static HostRun run(DomainEvent event) {
        return switch (event) {
            case DomainEvent.Success e -> e.run();
            case DomainEvent.HostOperationFailed e -> e.run();
            case DomainEvent.OperationCancelled e -> e.run();
            case DomainEvent.OperationRolledBack e -> e.run();
            case DomainEvent.OperationNeedsAttention e -> e.run();
            case DomainEvent.OperationAbandoned _,
                    DomainEvent.DeletionDeferred _,
                    DomainEvent.HostWork _,
                    DomainEvent.OperationStalled _,
                    DomainEvent.CancellationRequested _,
                    DomainEvent.Noted _ -> HostRun.NOTHING;
        };
    }

    /** The host tells how long each step took and does them one after the other; the last ended when it told. */
    private static Stream<Moment> steps(OperationView operation, Instant told, HostRun run, int attempt) {
        Instant at = told.minusMillis(
                run.outcomes().stream().mapToLong(StepOutcome::millis).sum());
        List<Moment> moments = new ArrayList<>();
        for (StepOutcome outcome : run.outcomes()) {
            String kind = operation.steps().stream()
                    .filter(s -> s.attempt() == attempt && s.step() == outcome.step())
                    .map(OperationView.Step::kind)
                    .findFirst()
                    .orElse("step " + outcome.step());
            moments.add(
                    step(operation, at, What.STEP_BEGUN, kind, attempt, outcome, Optional.empty(), Optional.empty()));
            at = at.plusMillis(outcome.millis());
            moments.add(step(
                    operation,
                    at,
                    What.STEP_ENDED,
                    kind,
                    attempt,
                    outcome,
                    Optional.of(ended(outcome)),
                    failure(outcome).map(Failure::message)));
        }
        return moments.stream();
    }

    private static Moment step(
            OperationView operation,
            Instant at,
            What what,
            String kind,
            int attempt,
            StepOutcome outcome,
            Optional<AuditView.Outcome> result,
            Optional<String> message) {
        return new Moment(
                at,
                Optional.empty(),
                what,
                operation.id(),
                kind,
                Optional.of(attempt),
                Optional.of(outcome.step()),
                result.map(_ -> outcome.millis()),
                result,
                Optional.empty(),
                message);
    }

    private static AuditView.Outcome ended(StepOutcome outcome) {
        return switch (outcome) {
            case StepOutcome.Done _ -> AuditView.Outcome.SUCCEEDED;
            case StepOutcome.Failed _, StepOutcome.Unknown _ -> AuditView.Outcome.FAILED;
        };
    }

    private static Optional<Failure> failure(StepOutcome outcome) {
        return switch (outcome) {
            case StepOutcome.Done _ -> Optional.empty();
            case StepOutcome.Failed o -> Optional.of(o.failure());
            case StepOutcome.Unknown o -> Optional.of(o.failure());
        };
    }
}
