package io.snapledger.standalone.chaos;

import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The log, read straight from its table. */
final class LogRows {
    private final Servers servers;

    LogRows(Servers servers) {
        this.servers = servers;
    }

    /** An event of a domain's own stream. */
    record Event(long sequence, long position, DomainEvent event) {}

    /** The outcome of one command. */
    record Decided(long position, UUID domain, Outcome.CommandDecided decided) {}

    /** What follows the given place in the domain's stream. */
    List<Event> after(DomainId domain, long sequence) throws SQLException {
        List<Event> events = new ArrayList<>();
        try (Connection connection = servers.connection();
                PreparedStatement select = connection.prepareStatement("""
                        select sequence_number, global_index, payload_type, payload from ledger.log_entry
                        where domain = ?::uuid and type is not null and sequence_number > ? order by sequence_number""")) {
            select.setString(1, domain.toString());
            select.setLong(2, sequence);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    events.add(new Event(rows.getLong(1), rows.getLong(2), (DomainEvent)
                            read(rows.getString(3), rows.getString(4))));
                }
            }
        }
        return events;
    }

    List<Decided> decided() throws SQLException {
        List<Decided> all = new ArrayList<>();
        try (Connection connection = servers.connection();
                PreparedStatement select = connection.prepareStatement("""
                        select global_index, domain, payload_type, payload from ledger.log_entry
                        where type is null order by global_index""");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                if (read(rows.getString(3), rows.getString(4)) instanceof Outcome.CommandDecided decided) {
                    all.add(new Decided(rows.getLong(1), rows.getObject(2, UUID.class), decided));
                }
            }
        }
        return all;
    }

    /** The operations that the saga has a deadline for. */
    Set<OperationId> deadlines() throws SQLException {
        Set<OperationId> operations = new HashSet<>();
        try (Connection connection = servers.connection();
                PreparedStatement select = connection.prepareStatement(
                        "select task_instance from ledger.scheduled_tasks where task_name = 'saga-word'");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                operations.add(OperationId.parse(rows.getString(1)));
            }
        }
        return operations;
    }

    long head() throws SQLException {
        try (Connection connection = servers.connection();
                PreparedStatement select =
                        connection.prepareStatement("select coalesce(max(global_index), 0) from ledger.log_entry");
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private static Object read(String name, String payload) {
        Class<?> type = MessageNames.record(name).orElseThrow(() -> new IllegalStateException("unknown type " + name));
        return Json.readStored(payload.getBytes(StandardCharsets.UTF_8), type);
    }
}
