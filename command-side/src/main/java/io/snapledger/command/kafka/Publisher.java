package io.snapledger.command.kafka;

import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogEntry;
import io.snapledger.runtime.axon.LogFollower;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.intake.Outcomes;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.TopicWriter;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RejectionCode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The log to Kafka, in the log's order: events, what hosts are asked for, and replies. It is woken by the append. Ids are
 * those of the entries, so what goes out twice after a crash is known by its id.
 */
public final class Publisher implements Pulse, AutoCloseable {
    private static final int BATCH = 500;
    private static final String NAME = "publisher";

    private final Topics topics;
    private final String source;
    private final TopicWriter writer;
    private final LogFollower follower;

    /** @param instance what the ledger calls itself: {@code /snapledger/<instance>} is the source of all it says */
    public Publisher(
            Map<String, Object> kafka, String instance, Topics topics, LogSource log, JdbcTransactions transactions) {
        this.topics = topics;
        this.source = "/snapledger/" + instance;
        this.writer = TopicWriter.transactional(kafka, topics.prefix() + "publisher-" + instance);
        this.follower = new LogFollower(NAME, BATCH, log, transactions, this::publish);
    }

    /** The position up to which everything is published. */
    public long position() {
        return follower.position();
    }

    private void publish(Connection connection, List<LogEntry> entries) throws SQLException {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (LogEntry entry : entries) {
            switch (message(entry)) {
                case Outcome.CommandDecided decided -> records.add(reply(entry, entry.id(), verdict(decided)));
                case Outcome.CommandRepeated repeated -> records.addAll(again(connection, repeated));
                case DomainEvent event -> records.addAll(event(entry, event));
                default ->
                    throw new IllegalStateException(
                            "log entry " + entry.position() + " is a " + entry.type() + ", which is no entry of ours");
            }
        }
        writer.write(records);
    }

    private static Object message(LogEntry entry) {
        Class<?> type = MessageNames.record(entry.type())
                .orElseThrow(() -> new IllegalStateException(
                        "log entry " + entry.position() + " has the unknown type " + entry.type()));
        return Json.readStored(entry.payload().getBytes(StandardCharsets.UTF_8), type);
    }

    private List<ProducerRecord<byte[], byte[]>> event(LogEntry entry, DomainEvent event) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        Envelope envelope = envelope(entry, entry.id(), entry.type());
        records.add(CloudEvents.write(topics.events(), entry.domain().toString(), envelope.around(entry.payload())));
        host(event)
                .ifPresent(host -> records.add(
                        CloudEvents.write(topics.operations(), host.value(), envelope.around(entry.payload()))));
        if (Trail.of(entry.metadata()).answers()) {
            end(event).ifPresent(reply -> records.add(reply(entry, entry.id() + "/reply", reply)));
        }
        return records;
    }

    /** The host whose executor must hear of the event. */
    private static Optional<HostName> host(DomainEvent event) {
        return switch (event) {
            case DomainEvent.HostWork e -> Optional.of(e.definition().host());
            case DomainEvent.DomainDefined e -> Optional.of(e.definition().host());
            case DomainEvent.DomainUpdated e -> Optional.of(e.definition().host());
            case DomainEvent.DomainUndefined e -> Optional.of(e.host());
            case DomainEvent.LeftoversReleased e -> Optional.of(e.host());
            case DomainEvent.SnapshotRedefined e ->
                Optional.of(e.snapshot().definition().host());
            case DomainEvent.CancellationRequested e -> Optional.of(e.host());
            case DomainEvent.OperationAbandoned e -> Optional.of(e.host());
            case DomainEvent.LeftoversKept e -> Optional.of(e.host());
            case DomainEvent.RunStateObserved _,
                    DomainEvent.TagsObserved _,
                    DomainEvent.DriftObserved _,
                    DomainEvent.DeletionUndone _,
                    DomainEvent.PinEnded _,
                    DomainEvent.SnapshotsForgotten _,
                    DomainEvent.SnapshotDeactivated _,
                    DomainEvent.ImportPartReceived _,
                    DomainEvent.TreeImported _,
                    DomainEvent.SnapshotMadeCurrent _,
                    DomainEvent.SnapshotDescribed _,
                    DomainEvent.Success _,
                    DomainEvent.DeletionDeferred _,
                    DomainEvent.OperationRolledBack _,
                    DomainEvent.OperationCancelled _,
                    DomainEvent.HostOperationFailed _,
                    DomainEvent.OperationStalled _,
                    DomainEvent.OperationNeedsAttention _ -> Optional.empty();
        };
    }

    private static Reply verdict(Outcome.CommandDecided decided) {
        return switch (decided.verdict()) {
            case Outcome.Verdict.Accepted yes ->
                new Reply.CommandAccepted(yes.operation(), yes.events(), yes.rehearsal());
            case Outcome.Verdict.Rejected no -> new Reply.CommandRejected(no.rejection());
        };
    }

    private static Optional<Reply> end(DomainEvent event) {
        return switch (event) {
            case DomainEvent.Success e ->
                Optional.of(new Reply.OperationCompleted(e.operation(), event.about(), e.run()));
            case DomainEvent.DeletionDeferred e ->
                Optional.of(new Reply.OperationCompleted(e.operation(), event.about(), HostRun.NOTHING));
            case DomainEvent.OperationRolledBack e ->
                Optional.of(new Reply.OperationFailed(e.operation(), e.code(), e.message(), true, List.of()));
            case DomainEvent.OperationCancelled e ->
                Optional.of(new Reply.OperationFailed(
                        e.operation(),
                        RejectionCode.WRONG_STATE,
                        e.message(),
                        e.consumed().isEmpty(),
                        List.of()));
            case DomainEvent.OperationAbandoned e ->
                Optional.of(new Reply.OperationFailed(e.operation(), e.code(), e.message(), false, e.leftovers()));
            case DomainEvent.OperationNeedsAttention e ->
                Optional.of(new Reply.OperationFailed(e.operation(), e.code(), e.message(), false, e.leftovers()));
            case DomainEvent.HostWork _,
                    DomainEvent.Noted _,
                    DomainEvent.HostOperationFailed _,
                    DomainEvent.CancellationRequested _,
                    DomainEvent.OperationStalled _ -> Optional.empty();
        };
    }

    /** Every reply so far to a command that came again, the same as the first time. */
    private List<ProducerRecord<byte[], byte[]>> again(Connection connection, Outcome.CommandRepeated repeated)
            throws SQLException {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String id : Outcomes.entries(connection, new Outcomes.Key(repeated.source(), repeated.id()))) {
            Optional<LogEntry> found = LogSource.find(connection, id);
            if (found.isPresent()) {
                LogEntry entry = found.get();
                switch (message(entry)) {
                    case Outcome.CommandDecided decided -> records.add(reply(entry, entry.id(), verdict(decided)));
                    case DomainEvent event ->
                        end(event).ifPresent(reply -> records.add(reply(entry, entry.id() + "/reply", reply)));
                    default -> throw new IllegalStateException("entry " + id + " answers nothing");
                }
            }
        }
        return records;
    }

    private ProducerRecord<byte[], byte[]> reply(LogEntry entry, String id, Reply reply) {
        Envelope envelope = envelope(entry, id, MessageNames.of(reply.getClass()));
        return CloudEvents.write(topics.replies(), entry.domain().toString(), envelope.around(Json.write(reply)));
    }

    private Envelope envelope(LogEntry entry, String id, String type) {
        Trail trail = Trail.of(entry.metadata());
        return new Envelope(
                id,
                source,
                type,
                Optional.of(entry.domain().toString()),
                Optional.of(entry.at()),
                trail.traceparent(),
                trail.actor(),
                Optional.of(trail.correlationId()),
                Optional.of(trail.correlationSource()),
                Optional.of(trail.causationId()),
                entry.sequence(),
                Optional.of(entry.position()),
                Optional.of(entry.hash()));
    }

    @Override
    public Optional<String> trouble() {
        return follower.trouble();
    }

    @Override
    public void close() {
        follower.close();
        writer.close();
    }
}
