package io.snapledger.runtime.axon;

import io.snapledger.runtime.evidence.ChainedEntry;
import io.snapledger.runtime.intake.Heads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.eventsourcing.eventstore.jdbc.EventSchema;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcSQLErrorCodesResolver;
import org.axonframework.messaging.GenericMessage;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.Serializer;

/**
 * The log: one table, one place for each entry, a stream for each domain, and a chain of hashes over both kinds of
 * entries of a domain. Appends take part in the transaction of the thread. Safe for use by many threads.
 */
public final class EventLog {
    private static final String AGGREGATE_TYPE = "Domain";
    private static final String APPEND = "insert into " + Database.LOG_SCHEMA + ".log_entry (event_identifier,"
            + " aggregate_identifier, sequence_number, type, time_stamp, payload_type, payload_revision, payload,"
            + " meta_data, domain, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final NamedSerializer serializer = NamedSerializer.create();
    private final JdbcEventStorageEngine engine;

    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<Map<String, Evidence>> appending = ThreadLocal.withInitial(Map::of);

    private record Evidence(UUID domain, String hash) {}

    /**
     * An entry to be.
     *
     * @param sequenced whether it is an event of the domain's own stream; else it is an outcome beside it
     */
    public record Entry(String id, UUID domain, boolean sequenced, Object payload, Trail trail, Instant at) {}

    public EventLog(JdbcTransactions transactions) {
        this.engine = JdbcEventStorageEngine.builder()
                .connectionProvider(transactions)
                .transactionManager(NoTransactionManager.instance())
                .eventSerializer(serializer)
                .snapshotSerializer(serializer)
                .dataType(String.class)
                .schema(EventSchema.builder()
                        .eventTable(Database.LOG_SCHEMA + ".log_entry")
                        .globalIndexColumn("global_index")
                        .eventIdentifierColumn("event_identifier")
                        .aggregateIdentifierColumn("aggregate_identifier")
                        .sequenceNumberColumn("sequence_number")
                        .typeColumn("type")
                        .timestampColumn("time_stamp")
                        .payloadTypeColumn("payload_type")
                        .payloadRevisionColumn("payload_revision")
                        .payloadColumn("payload")
                        .metaDataColumn("meta_data")
                        .build())
                .batchSize(500)
                .persistenceExceptionResolver(new JdbcSQLErrorCodesResolver())
                .appendEvents((connection, _, _, events, eventSerializer, _) ->
                        statement(connection, events, eventSerializer))
                .build();
    }

    /**
     * Appends all entries in one batch of inserts and moves the heads along. The heads must be locked by this
     * transaction.
     */
    public void append(List<Entry> entries, Heads.Locked heads) {
        if (entries.isEmpty()) {
            return;
        }
        List<EventMessage<?>> messages = new ArrayList<>();
        Map<String, Evidence> evidence = new HashMap<>();
        for (Entry entry : entries) {
            EventMessage<?> message = message(entry, heads);
            String hash = hash(heads.hash(entry.domain()), entry, message);
            heads.moved(entry.domain(), entry.sequenced(), hash);
            evidence.put(entry.id(), new Evidence(entry.domain(), hash));
            messages.add(message);
        }
        appending.set(evidence);
        try {
            engine.appendEvents(messages);
        } finally {
            appending.remove();
        }
    }

    /** The events of one domain from a place in its stream on, read as they are consumed; close the stream. */
    public Stream<Object> read(UUID domain, long first) {
        return engine.readEvents(domain.toString(), first).asStream().map(EventMessage::getPayload);
    }

    private static EventMessage<?> message(Entry entry, Heads.Locked heads) {
        MetaData metadata = MetaData.from(entry.trail().metadata());
        return entry.sequenced()
                ? new GenericDomainEventMessage<>(
                        AGGREGATE_TYPE,
                        entry.domain().toString(),
                        heads.sequence(entry.domain()) + 1,
                        new GenericMessage<>(entry.id(), entry.payload(), metadata),
                        entry.at())
                : new GenericEventMessage<>(new GenericMessage<>(entry.id(), entry.payload(), metadata), entry::at);
    }

    private String hash(String before, Entry entry, EventMessage<?> message) {
        var payload = message.serializePayload(serializer, String.class);
        return new ChainedEntry(
                        entry.id(),
                        entry.domain(),
                        message instanceof DomainEventMessage<?> event
                                ? Optional.of(event.getSequenceNumber())
                                : Optional.empty(),
                        payload.getType().getName(),
                        entry.at().toString(),
                        payload.getData(),
                        message.serializeMetaData(serializer, String.class).getData())
                .hash(before);
    }

    private PreparedStatement statement(Connection connection, List<? extends EventMessage<?>> events, Serializer by)
            throws SQLException {
        PreparedStatement insert = connection.prepareStatement(APPEND);
        for (EventMessage<?> event : events) {
            Evidence evidence = Optional.ofNullable(appending.get().get(event.getIdentifier()))
                    .orElseThrow(() -> new IllegalStateException("an append from outside of this log"));
            var payload = event.serializePayload(by, String.class);
            insert.setString(1, event.getIdentifier());
            if (event instanceof DomainEventMessage<?> sequenced) {
                insert.setString(2, sequenced.getAggregateIdentifier());
                insert.setLong(3, sequenced.getSequenceNumber());
                insert.setString(4, sequenced.getType());
            } else {
                insert.setString(2, event.getIdentifier());
                insert.setLong(3, 0);
                insert.setString(4, null);
            }
            insert.setString(5, event.getTimestamp().toString());
            insert.setString(6, payload.getType().getName());
            insert.setString(7, payload.getType().getRevision());
            insert.setString(8, payload.getData());
            insert.setString(9, event.serializeMetaData(by, String.class).getData());
            insert.setObject(10, evidence.domain());
            insert.setString(11, evidence.hash());
            insert.addBatch();
        }
        return insert;
    }
}
