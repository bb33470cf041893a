package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.AUDIT;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.query.jooq.slot.tables.records.AuditRecord;
import io.snapledger.query.view.Entry.Answered;
import io.snapledger.query.view.Entry.Happened;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Outcome.Verdict;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.ChangeView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Table;

/** One line for each entry of the log: who asked for what, what was answered, and what became true. */
public final class AuditProjection implements Projection {
    public static final String NAME = "audit";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void apply(DSLContext rows, List<Entry> entries) {
        rows.batchInsert(entries.stream().map(e -> stored(line(e))).toList()).execute();
    }

    @Override
    public List<Table<?>> tables() {
        return List.of(AUDIT);
    }

    private static AuditRecord stored(AuditView line) {
        return new AuditRecord(
                line.position(),
                line.at(),
                line.domain().map(DomainId::value).orElse(null),
                line.snapshot().map(SnapshotName::value).orElse(null),
                line.kind().name(),
                Stored.text(line.type()),
                line.outcome().name(),
                line.actor().map(Stored::text).orElse(null),
                line.source().map(Stored::text).orElse(null),
                line.correlation().map(Stored::text).orElse(null),
                line.operation().map(OperationId::value).orElse(null),
                line.reason().map(Stored::text).orElse(null),
                line.code().map(Enum::name).orElse(null),
                line.message().map(Stored::text).orElse(null));
    }

    /** Reads a row. */
    public static AuditView view(AuditRecord r) {
        return new AuditView(
                r.getPosition(),
                r.getAt(),
                Optional.ofNullable(r.getDomain()).map(DomainId::new),
                Optional.ofNullable(r.getSnapshot()).map(SnapshotName::new),
                AuditView.Kind.valueOf(r.getKind()),
                r.getType(),
                AuditView.Outcome.valueOf(r.getOutcome()),
                Optional.ofNullable(r.getActor()),
                Optional.ofNullable(r.getSource()),
                Optional.ofNullable(r.getCorrelation()),
                Optional.ofNullable(r.getOperation()).map(OperationId::new),
                Optional.ofNullable(r.getReason()),
                Optional.ofNullable(r.getCode()).map(RejectionCode::valueOf),
                Optional.ofNullable(r.getMessage()));
    }

    static AuditView line(Entry entry) {
        return switch (entry) {
            case Happened e -> event(e);
            case Answered e ->
                switch (e.outcome()) {
                    case Outcome.CommandDecided decided -> command(e, decided);
                    case Outcome.CommandRepeated repeated -> repetition(e, repeated);
                };
        };
    }

    private static AuditView command(Answered entry, Outcome.CommandDecided decided) {
        Optional<Rejection> rejection = switch (decided.verdict()) {
            case Verdict.Accepted _ -> Optional.empty();
            case Verdict.Rejected rejected -> Optional.of(rejected.rejection());
        };
        Optional<OperationId> operation = switch (decided.verdict()) {
            case Verdict.Accepted accepted -> accepted.operation();
            case Verdict.Rejected rejected -> rejected.rejection().details().operation();
        };
        Optional<String> message = switch (decided.verdict()) {
            case Verdict.Accepted accepted ->
                accepted.rehearsal().map(_ -> "a rehearsal (dryRun): nothing was changed");
            case Verdict.Rejected rejected -> Optional.of(rejected.rejection().message());
        };
        return new AuditView(
                entry.position(),
                entry.at(),
                Optional.of(entry.domain()),
                snapshot(decided),
                AuditView.Kind.COMMAND,
                decided.type(),
                rejection.isPresent() ? AuditView.Outcome.REJECTED : AuditView.Outcome.ACCEPTED,
                decided.actor(),
                Optional.of(decided.source()),
                Optional.of(decided.id()),
                operation,
                decided.reason(),
                rejection.map(Rejection::code),
                message);
    }

    private static AuditView repetition(Answered entry, Outcome.CommandRepeated repeated) {
        return new AuditView(
                entry.position(),
                entry.at(),
                Optional.of(entry.domain()),
                Optional.empty(),
                AuditView.Kind.COMMAND,
                "CommandRepeated",
                AuditView.Outcome.REPEATED,
                entry.origin().actor(),
                Optional.of(repeated.source()),
                Optional.of(repeated.id()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** What the stream tells of an event. */
    public static ChangeView change(Happened entry) {
        AuditView line = event(entry);
        return new ChangeView(
                line.position(),
                line.at(),
                entry.domain(),
                line.type(),
                line.outcome(),
                line.snapshot(),
                line.operation(),
                line.actor());
    }

    private static AuditView event(Happened entry) {
        Told told = told(entry.event());
        return new AuditView(
                entry.position(),
                entry.at(),
                Optional.of(entry.domain()),
                entry.event().about(),
                AuditView.Kind.EVENT,
                MessageNames.simple(MessageNames.of(entry.event().getClass())),
                told.outcome(),
                entry.origin().actor(),
                entry.origin().source(),
                entry.origin().correlation(),
                told.operation(),
                Optional.empty(),
                told.code(),
                told.message());
    }

    /** What an event tells of how things went. */
    private record Told(
            AuditView.Outcome outcome,
            Optional<OperationId> operation,
            Optional<RejectionCode> code,
            Optional<String> message) {
        static Told recorded() {
            return new Told(AuditView.Outcome.RECORDED, Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Told recorded(String message) {
            return new Told(
                    AuditView.Outcome.RECORDED, Optional.empty(), Optional.empty(), Optional.of(Stored.text(message)));
        }

        static Told of(AuditView.Outcome outcome, OperationId operation) {
            return new Told(outcome, Optional.of(operation), Optional.empty(), Optional.empty());
        }
    }

    private static Told told(DomainEvent event) {
        return switch (event) {
            case DomainEvent.DomainDefined _,
                    DomainEvent.DomainUpdated _,
                    DomainEvent.DomainUndefined _,
                    DomainEvent.SnapshotsForgotten _,
                    DomainEvent.SnapshotDeactivated _,
                    DomainEvent.SnapshotRedefined _,
                    DomainEvent.SnapshotMadeCurrent _,
                    DomainEvent.SnapshotDescribed _ -> Told.recorded();
            case DomainEvent.ImportPartReceived e ->
                Told.recorded("part " + e.part() + " of " + e.of() + " of import " + e.importId() + " has come");
            case DomainEvent.TreeImported e ->
                Told.recorded(e.snapshots() + " snapshots came with import " + e.importId());
            case DomainEvent.RunStateObserved e -> Told.recorded("the guest is " + Words.of(e.runState()));
            case DomainEvent.TagsObserved e ->
                Told.recorded(tags(e.appeared()) + " appeared inside the images, " + tags(e.gone()) + " went");
            case DomainEvent.DriftObserved e ->
                Told.recorded(e.appeared().size() + " differences from the ledger appeared on the host, "
                        + e.gone().size() + " went");
            case DomainEvent.LeftoversReleased e ->
                Told.recorded(e.files().size() + " files that were left over may go: " + e.files());
            case DomainEvent.HostWork e -> Told.of(AuditView.Outcome.RECORDED, e.operation());
            case DomainEvent.Success e -> Told.of(AuditView.Outcome.SUCCEEDED, e.operation());
            case DomainEvent.DeletionDeferred e ->
                new Told(
                        AuditView.Outcome.SUCCEEDED,
                        Optional.of(e.operation()),
                        Optional.empty(),
                        Optional.of("can be taken back until " + e.pin().until()));
            case DomainEvent.DeletionUndone e -> Told.of(AuditView.Outcome.RECORDED, e.undone());
            case DomainEvent.PinEnded e -> Told.of(AuditView.Outcome.RECORDED, e.collected());
            case DomainEvent.HostOperationFailed e ->
                new Told(
                        AuditView.Outcome.FAILED,
                        Optional.of(e.operation()),
                        Optional.empty(),
                        Optional.of(e.failure().message()));
            case DomainEvent.OperationStalled e -> Told.of(AuditView.Outcome.RECORDED, e.operation());
            case DomainEvent.CancellationRequested e -> Told.of(AuditView.Outcome.RECORDED, e.operation());
            case DomainEvent.OperationCancelled e ->
                new Told(
                        AuditView.Outcome.FAILED,
                        Optional.of(e.operation()),
                        Optional.of(RejectionCode.WRONG_STATE),
                        Optional.of(e.message()));
            case DomainEvent.OperationAbandoned e ->
                new Told(
                        AuditView.Outcome.FAILED,
                        Optional.of(e.operation()),
                        Optional.of(e.code()),
                        Optional.of(Stored.text(e.message())));
            case DomainEvent.LeftoversKept e ->
                new Told(
                        AuditView.Outcome.RECORDED,
                        Optional.of(e.operation()),
                        Optional.empty(),
                        Optional.of(Stored.text(e.message())));
            case DomainEvent.OperationRolledBack e ->
                new Told(
                        AuditView.Outcome.FAILED,
                        Optional.of(e.operation()),
                        Optional.of(e.code()),
                        Optional.of(e.message()));
            case DomainEvent.OperationNeedsAttention e ->
                new Told(
                        AuditView.Outcome.FAILED,
                        Optional.of(e.operation()),
                        Optional.of(e.code()),
                        Optional.of(e.message()));
        };
    }

    private static String tags(List<ImageTags> images) {
        int count = images.stream().mapToInt(i -> i.tags().size()).sum();
        return count == 1 ? "1 tag" : count + " tags";
    }

    /** The snapshot that a command names, where its data can be read: data is kept as it came, and cut when long. */
    private static Optional<SnapshotName> snapshot(Outcome.CommandDecided decided) {
        String field = decided.type().equals("CreateSnapshot") || decided.type().equals("Branch") ? "name" : "snapshot";
        try {
            JsonNode name = Json.lenient().readTree(decided.data()).path(field);
            return name.isTextual() ? Optional.of(new SnapshotName(name.textValue())) : Optional.empty();
        } catch (JsonProcessingException | InvalidValueException e) {
            return Optional.empty();
        }
    }
}
