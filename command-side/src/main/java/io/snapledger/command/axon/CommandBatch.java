package io.snapledger.command.axon;

import io.snapledger.command.domain.DomainState;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.runtime.intake.Offsets;
import io.snapledger.runtime.intake.Outcomes;
import io.snapledger.schema.value.DomainId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Takes a batch of messages of one partition and makes all that follows from it true in one transaction: the partition's
 * offset, the heads of the domains, events and outcomes, claims and hosts. Safe for use by many threads; batches of
 * different partitions run beside each other and meet only at the heads of their domains.
 */
public final class CommandBatch {
    private final JdbcTransactions transactions;
    private final EventLog log;
    private final LogSource source;
    private final DomainStates states;
    private final Duration hostSilence;
    private final int largestMessage;
    private final Duration undoTime;
    private final Clock clock;

    /**
     * @param largestMessage how many bytes the topics take; what could not be published is not written to the log
     * @param undoTime for how long a revert or a deletion can be taken back
     */
    public CommandBatch(
            JdbcTransactions transactions,
            EventLog log,
            LogSource source,
            Duration hostSilence,
            int largestMessage,
            Duration undoTime,
            Clock clock) {
        this.transactions = transactions;
        this.log = log;
        this.source = source;
        this.states = new DomainStates(log);
        this.hostSilence = hostSilence;
        this.largestMessage = largestMessage;
        this.undoTime = undoTime;
        this.clock = clock;
    }

    /** Another transaction claimed the same at the same moment; the batch taken again sees it. */
    public static final class RacedException extends RuntimeException {
        RacedException(String message) {
            super(message);
        }
    }

    /** The place of a batch: what the offset of its partition was, and what it is to be. */
    public record Place(String topic, int partition, long from, long to) {}

    /**
     * Takes the batch. When it throws, nothing happened, or nobody knows: the same batch taken again is then either the
     * first time or a lost race.
     *
     * @throws RacedException when it should be taken again at once
     * @throws Offsets.LostRaceException when the partition is another's by now
     */
    public void take(Place place, List<Arrival> arrivals) throws SQLException {
        Map<DomainId, Touched> touched =
                transactions.inTransaction(connection -> inTransaction(connection, place, arrivals));
        touched.forEach((domain, now) -> states.keep(domain, now.sequence(), now.state()));
        if (!arrivals.isEmpty()) {
            source.appended();
        }
    }

    /** Where the offset of a partition is. */
    public long next(String topic, int partition) throws SQLException {
        return transactions.inTransaction(connection -> Offsets.next(connection, topic, partition));
    }

    record Touched(long sequence, DomainState state) {}

    private Map<DomainId, Touched> inTransaction(Connection connection, Place place, List<Arrival> arrivals)
            throws SQLException {
        Offsets.advance(connection, place.topic(), place.partition(), place.from(), place.to());
        Set<UUID> ids = new HashSet<>();
        domains(arrivals).forEach(domain -> ids.add(domain.value()));
        Heads.Locked heads = Heads.lock(connection, ids);
        Set<Outcomes.Key> known = Outcomes.known(connection, keys(arrivals));
        Deciding deciding = new Deciding(
                connection, states, heads, new Hosts(connection, hostSilence), known, largestMessage, undoTime, clock);
        for (Arrival arrival : arrivals) {
            deciding.take(arrival);
        }
        log.append(deciding.entries(), heads);
        heads.store();
        deciding.store();
        Map<DomainId, Touched> touched = new HashMap<>();
        deciding.changed()
                .forEach((domain, state) -> touched.put(domain, new Touched(heads.sequence(domain.value()), state)));
        return touched;
    }

    private static Set<DomainId> domains(List<Arrival> arrivals) {
        Set<DomainId> domains = new HashSet<>();
        for (Arrival arrival : arrivals) {
            switch (arrival) {
                case Arrival.Asked a -> domains.add(a.domain());
                case Arrival.Refused a -> domains.add(a.domain());
                case Arrival.Told a -> domains.add(a.domain());
                case Arrival.Host _ -> {}
            }
        }
        return domains;
    }

    private static Set<Outcomes.Key> keys(List<Arrival> arrivals) {
        Set<Outcomes.Key> keys = new HashSet<>();
        for (Arrival arrival : arrivals) {
            switch (arrival) {
                case Arrival.Asked a -> keys.add(Deciding.key(a.envelope()));
                case Arrival.Refused a -> keys.add(Deciding.key(a.envelope()));
                case Arrival.Told _, Arrival.Host _ -> {}
            }
        }
        return keys;
    }
}
