package io.snapledger.command.axon;

import io.snapledger.command.decide.HostFacts;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.HostName;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the hosts told of themselves, as one transaction sees it. For the thread of that transaction. */
final class Hosts {
    private final Connection connection;
    private final Duration silence;
    private final Map<HostName, Optional<HostFacts>> known = new HashMap<>();

    Hosts(Connection connection, Duration silence) {
        this.connection = connection;
        this.silence = silence;
    }

    Optional<HostFacts> find(HostName host) throws SQLException {
        Optional<HostFacts> facts = known.get(host);
        if (facts == null) {
            facts = load(host);
            known.put(host, facts);
        }
        return facts;
    }

    /** Keeps a report; one of an older epoch is a zombie's, and is not kept. */
    boolean heard(HostReport report) throws SQLException {
        known.remove(report.host());
        try (PreparedStatement upsert = connection.prepareStatement("""
                insert into ledger.host (name, epoch, last_heard, report) values (?, ?, clock_timestamp(), ?::jsonb)
                on conflict (name) do update
                  set epoch = excluded.epoch, last_heard = excluded.last_heard, report = excluded.report
                  where host.epoch <= excluded.epoch""")) {
            upsert.setString(1, report.host().value());
            upsert.setLong(2, report.epoch());
            upsert.setString(3, Json.write(report));
            return upsert.executeUpdate() == 1;
        }
    }

    /** Whether a report of this epoch may be taken; one from a host that never told of itself may. */
    boolean takes(HostName host, long epoch) throws SQLException {
        return find(host).map(facts -> facts.report().epoch() <= epoch).orElse(true);
    }

    private Optional<HostFacts> load(HostName host) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select report::text, clock_timestamp() - last_heard > make_interval(secs => ?) from ledger.host
                where name = ?""")) {
            select.setDouble(1, silence.toMillis() / 1_000.0);
            select.setString(2, host.value());
            try (ResultSet rows = select.executeQuery()) {
                return rows.next()
                        ? Optional.of(new HostFacts(
                                Json.readStored(rows.getString(1).getBytes(StandardCharsets.UTF_8), HostReport.class),
                                rows.getBoolean(2)))
                        : Optional.empty();
            }
        }
    }
}
