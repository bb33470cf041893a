package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class CommandFlowTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

    @SuppressWarnings("NullAway.Init")
    private static Ledger ledger;

    @BeforeAll
    static void start() {
        ledger = Ledger.running();
    }

    @AfterAll
    static void stop() {
        ledger.close();
    }

    private static Envelope traced(DomainId domain, String id, String type) {
        return new Envelope(
                id,
                Ledger.CLIENT,
                type,
                Optional.of(domain.toString()),
                Optional.of(TIME),
                Optional.of(TRACE),
                Optional.of("ada"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void aSnapshotIsAcceptedOrderedAndCompleted() {
        DomainId domain = ledger.defined();
        String id = UUID.randomUUID().toString();
        ledger.send(
                null,
                domain,
                traced(domain, id, "snapledger.command.CreateSnapshot.v1").around(Json.write(Ledger.create("s1"))));
        ledger.ear.awaitEnd(id);

        assertThat(ledger.ear.replies(id))
                .extracting(Heard::name)
                .containsExactly("CommandAccepted", "OperationCompleted");
        Heard accepted = ledger.ear.verdict(id);
        Heard completed = ledger.ear.awaitEnd(id);
        assertThat(accepted.data().at("/events/0/type").asText())
                .isEqualTo("snapledger.event.SnapshotCreationRequested.v1");
        assertThat(accepted.data().at("/events/0/sequence").asLong()).isEqualTo(1);
        assertThat(completed.data().path("operation")).isEqualTo(accepted.data().path("operation"));
        assertThat(completed.data().path("snapshot").asText()).isEqualTo("s1");
        assertThat(completed.data().path("steps"))
                .hasSize(2)
                .allMatch(s -> s.path("outcome").asText().equals("done"));

        Waiting.until(() -> "no three events", () -> ledger.ear.events(domain).size() == 3);
        List<Heard> events = ledger.ear.events(domain);
        assertThat(events)
                .extracting(Heard::name)
                .containsExactly("DomainDefined", "SnapshotCreationRequested", "SnapshotCreated");
        assertThat(events).extracting(Heard::sequence).containsExactly(0L, 1L, 2L);
        assertThat(events)
                .extracting(e -> e.envelope().position().orElseThrow())
                .isSorted();
        assertThat(events).extracting(Heard::key).containsOnly(domain.toString());
        assertThat(ledger.ear.operations(domain))
                .extracting(Heard::name)
                .containsExactly("DomainDefined", "SnapshotCreationRequested");
        assertThat(ledger.ear.operations(domain)).extracting(Heard::key).containsOnly("h1");

        for (Heard one : List.of(accepted, completed, events.get(1), events.get(2))) {
            requireOf(one, domain, id);
        }
        assertThat(accepted.envelope().causationId()).contains(id);
        assertThat(accepted.envelope().sequence()).isEmpty();
        assertThat(events.get(1).envelope().causationId()).contains(id);
        assertThat(events.get(2).envelope().causationId()).isPresent().get().isNotEqualTo(id);
        requireAudited(id);
    }

    @Test
    void aRehearsalAnswersWithThePlanAndChangesNothing() {
        DomainId domain = ledger.defined();
        ObjectNode data = Json.strict().valueToTree(Ledger.create("s1"));
        String rehearsed = UUID.randomUUID().toString();
        ledger.send(
                null,
                domain,
                Ledger.envelope(domain, rehearsed, Ledger.create("s1")).around(Json.write(data.put("dryRun", true))));

        Heard told = ledger.ear.verdict(rehearsed);

        assertThat(told.name()).isEqualTo("CommandAccepted");
        assertThat(told.data().has("operation")).isFalse();
        assertThat(told.data().path("events")).isEmpty();
        assertThat(told.data().at("/rehearsal/steps/0/do").asText()).isEqualTo("makeOverlay");
        assertThat(told.data().at("/rehearsal/depth/0/layers").asInt()).isEqualTo(2);

        String earnest = ledger.send(domain, Ledger.create("s1"));
        ledger.ear.awaitEnd(earnest);
        assertThat(ledger.ear.verdict(earnest).data().at("/events/0/sequence").asLong())
                .isEqualTo(1);
        assertThat(ledger.ear.replies(rehearsed)).hasSize(1);
    }

    @Test
    void aRehearsalOfWhatIsRefusedIsRefused() {
        DomainId domain = ledger.defined();
        DomainCommand command = new DomainCommand.Delete(new SnapshotName("s9"), Optional.empty(), false, false);
        ObjectNode data = Json.strict().valueToTree(command);
        String id = UUID.randomUUID().toString();
        ledger.send(null, domain, Ledger.envelope(domain, id, command).around(Json.write(data.put("dryRun", true))));

        assertThat(ledger.ear.verdict(id).data().path("code").asText()).isEqualTo("snapshotNotFound");
    }

    private static void requireOf(Heard one, DomainId domain, String command) {
        Envelope envelope = one.envelope();
        assertThat(envelope.source()).isEqualTo("/snapledger/test");
        assertThat(envelope.subject()).contains(domain.toString());
        assertThat(envelope.time()).isPresent();
        assertThat(envelope.traceparent().orElseThrow().substring(3, 35)).isEqualTo(TRACE.substring(3, 35));
        assertThat(envelope.actor()).contains("ada");
        assertThat(envelope.correlationId()).contains(command);
        assertThat(envelope.correlationSource()).contains(Ledger.CLIENT);
        assertThat(envelope.position()).isPresent();
        assertThat(envelope.ledgerHash().orElseThrow()).hasSize(64);
    }

    private static void requireAudited(String id) {
        List<List<String>> decided = ledger.rows("select payload::jsonb ->> 'type', payload::jsonb ->> 'actor',"
                + " payload::jsonb ->> 'time', payload::jsonb ->> 'source' from ledger.log_entry where payload_type ="
                + " 'snapledger.event.CommandDecided.v1' and payload::jsonb ->> 'id' = '" + id + "'");
        assertThat(decided).containsExactly(List.of("CreateSnapshot", "ada", TIME.toString(), Ledger.CLIENT));
    }

    @Test
    void bothContentModesAreRead() {
        DomainId domain = Ledger.fresh();
        String id = UUID.randomUUID().toString();
        ledger.sendStructured(domain, id, Ledger.define(domain));
        assertThat(ledger.ear.verdict(id).name()).isEqualTo("CommandAccepted");
    }

    @Test
    void aRepeatGetsTheSameRepliesAndHasNoOtherEffect() {
        DomainId domain = ledger.defined();
        String id = UUID.randomUUID().toString();
        Runnable send = () -> ledger.send(
                0, domain, Ledger.envelope(domain, id, Ledger.create("s1")).around(Json.write(Ledger.create("s1"))));
        send.run();
        send.run();
        ledger.flush();
        Waiting.until(
                () -> "replies: " + ledger.ear.replies(id),
                () -> ledger.ear.verdicts(id).size() == 2 && ledger.ear.end(id).isPresent());
        int before = ledger.ear.replies(id).size();
        send.run();
        Waiting.until(
                () -> "replies: " + ledger.ear.replies(id),
                () -> ledger.ear.replies(id).size() >= before + 2);

        assertThat(ledger.ear.verdicts(id)).hasSize(3);
        assertThat(ledger.ear.verdicts(id))
                .extracting(r -> r.envelope().id())
                .containsOnly(ledger.ear.verdict(id).envelope().id());
        assertThat(ledger.ear.replies(id))
                .extracting(Heard::data)
                .satisfies(all -> assertThat(all.stream().distinct()).hasSize(2));
        assertThat(ledger.ear.replies(id))
                .extracting(r -> r.envelope().id())
                .satisfies(ids -> assertThat(ids.stream().distinct()).hasSize(2));
        assertThat(ledger.ear.events(domain)).hasSize(3);
        assertThat(ledger.executor.orders(domain)).hasSize(1);
    }

    @Test
    void aRepeatOnAnotherPartitionIsARepeatToo() {
        DomainId domain = Ledger.fresh();
        String id = UUID.randomUUID().toString();
        for (int partition = 0; partition < Ledger.PARTITIONS; partition++) {
            ledger.send(
                    partition,
                    domain,
                    Ledger.envelope(domain, id, Ledger.define(domain)).around(Json.write(Ledger.define(domain))));
        }
        Waiting.until(
                () -> "replies: " + ledger.ear.replies(id),
                () -> ledger.ear.replies(id).size() == Ledger.PARTITIONS);
        assertThat(ledger.ear.replies(id)).extracting(Heard::name).containsOnly("CommandAccepted");
        assertThat(ledger.count(
                        "select count(*) from ledger.log_entry where type is not null and domain = '" + domain + "'"))
                .isEqualTo(1);
    }

    @Test
    void aDefectInOneDecisionIsAnsweredAndOthersGoOn() {
        HostReport broken = Ledger.host(new HostName("broken"));
        assertThat(ledger.update("insert into ledger.host (name, epoch, last_heard, report) values ('broken', 1, now(),"
                        + " '{}')"))
                .isEqualTo(1);
        DomainId victim = Ledger.fresh();
        DomainId other = Ledger.fresh();
        String first = ledger.send(victim, Ledger.define(victim, broken.host()));
        String second = ledger.send(other, Ledger.define(other));
        assertThat(ledger.ear.verdict(first).code()).isEqualTo("internalError");
        assertThat(ledger.ear.verdict(second).name()).isEqualTo("CommandAccepted");
        String third = ledger.send(victim, Ledger.define(victim));
        assertThat(ledger.ear.verdict(third).name()).isEqualTo("CommandAccepted");
    }

    @Test
    void aStreamThatCannotBeReadStopsItsDomainOnly() {
        try (Ledger own = Ledger.running()) {
            DomainId corrupt = own.defined();
            DomainId sound = own.defined();
            List.copyOf(own.sides()).forEach(own::stop);
            assertThat(own.update("update ledger.log_entry set payload = '{}' where sequence_number = 0 and type is not"
                            + " null and domain = '" + corrupt + "'"))
                    .isEqualTo(1);
            String first = own.send(corrupt, Ledger.create("s1"));
            String second = own.send(sound, Ledger.create("s1"));
            own.flush();
            own.start();
            assertThat(own.ear.verdict(first).code()).isEqualTo("internalError");
            assertThat(own.ear.awaitEnd(second).name()).isEqualTo("OperationCompleted");
            assertThat(own.ear.verdict(own.send(corrupt, Ledger.create("s2"))).code())
                    .isEqualTo("internalError");
        }
    }
}
