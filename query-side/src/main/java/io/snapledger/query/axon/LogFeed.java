package io.snapledger.query.axon;

import io.snapledger.query.view.Entry;
import io.snapledger.query.view.Entry.Origin;
import io.snapledger.query.view.UnreadableEntryException;
import io.snapledger.runtime.axon.LogEntry;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.DomainId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The log in PostgreSQL. Readers are woken when it grows, whichever process appended. Before the command side has made
 * its tables the log is empty.
 */
public final class LogFeed implements Feed {
    private static final Duration OPEN_HOLE = Duration.ofMillis(20);
    private static final String UNDEFINED_TABLE = "42P01";

    private final LogSource source;
    private final DataSource pool;

    public LogFeed(LogSource source, DataSource pool) {
        this.source = source;
        this.pool = pool;
    }

    /** A question to the log. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(Connection connection) throws SQLException;
    }

    private record Seen(List<LogEntry> entries, boolean hole) {}

    @Override
    public List<Entry> after(long position, int most, Duration wait) throws InterruptedException {
        long signals = source.signals();
        Seen seen = ask(c -> seen(c, position, most), new Seen(List.of(), false));
        if (seen.entries().isEmpty()) {
            source.await(signals, seen.hole() ? OPEN_HOLE : wait);
        }
        return read(seen.entries());
    }

    /** Up to the first that cannot be read, which is told of when it comes first. */
    private static List<Entry> read(List<LogEntry> stored) {
        List<Entry> entries = new ArrayList<>();
        for (LogEntry one : stored) {
            try {
                entries.add(entry(one));
            } catch (RuntimeException e) {
                if (entries.isEmpty()) {
                    throw new UnreadableEntryException(
                            one.position(),
                            one.type(),
                            new DomainId(one.domain()),
                            "entry " + one.position() + " of the log, a " + one.type() + ", cannot be read: "
                                    + e.getMessage(),
                            e);
                }
                return entries;
            }
        }
        return entries;
    }

    @Override
    public long head() {
        return ask(LogSource::head, 0L);
    }

    /** Entries can be there already that may not be read yet, since one before them may still come. */
    private Seen seen(Connection connection, long position, int most) throws SQLException {
        List<LogEntry> entries = source.read(connection, position, most);
        return new Seen(entries, entries.isEmpty() && LogSource.head(connection) > position);
    }

    private <T> T ask(Question<T> question, T beforeThereIsALog) {
        try (Connection connection = pool.getConnection()) {
            return question.ask(connection);
        } catch (SQLException e) {
            if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                return beforeThereIsALog;
            }
            throw new IllegalStateException("the log cannot be read", e);
        }
    }

    private static Entry entry(LogEntry stored) {
        DomainId domain = new DomainId(stored.domain());
        Class<?> type = MessageNames.record(stored.type())
                .orElseThrow(() -> new IllegalStateException("entry " + stored.position() + " of the log is a "
                        + stored.type() + ", which this version does not know"));
        return switch (Json.readStored(stored.payload().getBytes(StandardCharsets.UTF_8), type)) {
            case DomainEvent event ->
                new Entry.Happened(
                        stored.position(),
                        stored.at(),
                        domain,
                        stored.sequence()
                                .orElseThrow(() -> new IllegalStateException(
                                        "event " + stored.position() + " of the log has no sequence")),
                        event,
                        origin(stored.metadata()));
            case Outcome outcome ->
                new Entry.Answered(stored.position(), stored.at(), domain, outcome, origin(stored.metadata()));
            default ->
                throw new IllegalStateException(
                        "entry " + stored.position() + " of the log is a " + stored.type() + ", which is no event");
        };
    }

    private static Origin origin(Map<String, String> metadata) {
        return new Origin(
                Optional.ofNullable(metadata.get("correlationsource")),
                Optional.ofNullable(metadata.get("actor")),
                Optional.ofNullable(metadata.get("correlationid")));
    }
}
