package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.value.DomainId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold of every log, whatever happened to those who wrote and published it. */
final class LogChecks {
    private static final List<String> OPENINGS = List.of("SnapshotCreationRequested");
    private static final List<String> ENDINGS = List.of("SnapshotCreated", "OperationRolledBack");

    private LogChecks() {}

    /** Streams are contiguous, chains of hashes can be computed again, no command was decided twice. */
    static void requireSound(Ledger ledger) {
        Map<String, Long> sequences = new HashMap<>();
        Map<String, String> hashes = new HashMap<>();
        for (List<String> row : ledger.rows("select event_identifier, domain, type, sequence_number, payload_type,"
                + " time_stamp, payload, meta_data, hash from ledger.log_entry order by global_index")) {
            String domain = row.get(1);
            boolean sequenced = !row.get(2).equals("null");
            if (sequenced) {
                assertThat(Long.parseLong(row.get(3)))
                        .as("next sequence of " + domain)
                        .isEqualTo(sequences.merge(domain, 0L, (before, _) -> before + 1));
            }
            String hash = hash(
                    hashes.getOrDefault(domain, ""),
                    List.of(
                            row.get(0),
                            domain,
                            sequenced ? row.get(3) : "-",
                            row.get(4),
                            row.get(5),
                            row.get(6),
                            row.get(7)));
            assertThat(row.get(8)).as("hash of an entry of " + domain).isEqualTo(hash);
            hashes.put(domain, hash);
        }
        assertThat(ledger.rows("select payload::json ->> 'source', payload::json ->> 'id', count(*)"
                        + " from ledger.log_entry where payload_type = 'snapledger.event.CommandDecided.v1'"
                        + " group by 1, 2 having count(*) > 1"))
                .as("commands decided twice")
                .isEmpty();
    }

    private static String hash(String before, List<String> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(before.getBytes(StandardCharsets.UTF_8));
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** All events of the log are in Kafka, in the order of their domains' streams, each under one id. */
    static void requirePublished(Ledger ledger) {
        Set<String> logged = new HashSet<>();
        ledger.rows("select event_identifier from ledger.log_entry where type is not null")
                .forEach(row -> logged.add(row.getFirst()));
        Waiting.until(() -> "not all events are published", () -> ids(ledger).containsAll(logged));
        assertThat(ids(ledger)).isEqualTo(logged);
        Map<DomainId, Long> last = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (Heard event : ledger.ear.events()) {
            if (seen.add(event.envelope().id())) {
                assertThat(event.sequence())
                        .as("next event of " + event.domain())
                        .isEqualTo(last.getOrDefault(event.domain(), -1L) + 1);
                last.put(event.domain(), event.sequence());
            }
        }
    }

    private static Set<String> ids(Ledger ledger) {
        Set<String> ids = new HashSet<>();
        ledger.ear.events().forEach(e -> ids.add(e.envelope().id()));
        return ids;
    }

    /** No operation begins in a domain before the one before it has ended. */
    static void requireOneOperationAtATime(Ledger ledger) {
        Set<DomainId> busy = new HashSet<>();
        Set<String> seen = new HashSet<>();
        for (Heard event : ledger.ear.events()) {
            if (!seen.add(event.envelope().id())) {
                continue;
            }
            if (OPENINGS.contains(event.name()) && event.data().path("attempt").asInt() == 1) {
                assertThat(busy.add(event.domain()))
                        .as("a second operation of " + event.domain())
                        .isTrue();
            } else if (ENDINGS.contains(event.name())) {
                busy.remove(event.domain());
            }
        }
        assertThat(busy).as("operations that never ended").isEmpty();
    }
}
