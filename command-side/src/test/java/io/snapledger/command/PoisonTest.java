package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.DomainId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PoisonTest {
    private static final String CREATE = "snapledger.command.CreateSnapshot.v1";
    private static final int PARTITION = 0;

    private final Map<String, String> answered = new LinkedHashMap<>();
    private final Map<String, ProducerRecord<byte[], byte[]>> buried = new LinkedHashMap<>();

    @Test
    void whatCannotBeServedIsAnsweredOrBuriedAndTheRestIsServed() {
        try (Ledger ledger = Ledger.running()) {
            List.copyOf(ledger.sides()).forEach(ledger::stop);
            List<String> good = new ArrayList<>();
            List<Runnable> poisons = poisons(ledger);
            for (Runnable poison : poisons) {
                good.add(good(ledger));
                poison.run();
            }
            good.add(good(ledger));
            ledger.flush();
            ledger.start();

            good.forEach(id -> assertThat(ledger.ear.verdict(id).name()).isEqualTo("CommandAccepted"));
            answered.forEach((id, code) ->
                    assertThat(ledger.ear.verdict(id).code()).as(id).isEqualTo(code));
            Waiting.until(
                    () -> "dead letters: " + ledger.ear.dead(),
                    () -> ledger.ear.dead().size() >= buried.size());
            assertThat(ledger.ear.dead()).hasSize(buried.size());
            buried.forEach((marker, sent) -> requireBuried(ledger, marker, sent));
            LogChecks.requireSound(ledger);
            LogChecks.requirePublished(ledger);
            assertThat(ledger.rows("select payload from ledger.log_entry").toString())
                    .doesNotContainPattern("(?<!\\\\)(\\\\\\\\)*\\\\u0000");
        }
    }

    private static String good(Ledger ledger) {
        DomainId domain = Ledger.fresh();
        String id = "good-" + UUID.randomUUID();
        ledger.send(
                PARTITION,
                domain,
                Ledger.envelope(domain, id, Ledger.define(domain)).around(Json.write(Ledger.define(domain))));
        return id;
    }

    private List<Runnable> poisons(Ledger ledger) {
        return List.of(
                () -> bury(ledger, "garbage", new byte[] {(byte) 0xff, 0, 1, 2, (byte) 0xc0}),
                () -> bury(ledger, "empty", new byte[0]),
                () -> bury(ledger, "tombstone", null),
                () -> bury(ledger, "deep", ("[".repeat(10_000) + "]".repeat(10_000)).getBytes(StandardCharsets.UTF_8)),
                () -> bury(
                        ledger,
                        "deep structured",
                        ("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":\"t\",\"data\":"
                                        + "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + "}")
                                .getBytes(StandardCharsets.UTF_8)),
                () -> bury(
                        ledger,
                        "no subject",
                        json("{}"),
                        "ce_specversion=1.0",
                        "ce_id=1",
                        "ce_source=/x",
                        "ce_type=" + CREATE),
                () -> bury(
                        ledger,
                        "no id",
                        json("{}"),
                        "ce_specversion=1.0",
                        "ce_source=/x",
                        "ce_type=" + CREATE,
                        "ce_subject=" + Ledger.fresh()),
                () -> bury(
                        ledger,
                        "null header",
                        json("{}"),
                        "ce_specversion=1.0",
                        "ce_id",
                        "ce_source=/x",
                        "ce_type=" + CREATE),
                () -> bury(
                        ledger,
                        "bad source",
                        json("{}"),
                        "ce_specversion=1.0",
                        "ce_id=1",
                        "ce_source=:: not a uri",
                        "ce_type=" + CREATE,
                        "ce_subject=" + Ledger.fresh()),
                () -> bury(
                        ledger,
                        "version 2 of CloudEvents",
                        json("{}"),
                        "ce_specversion=2.0",
                        "ce_id=1",
                        "ce_source=/x",
                        "ce_type=" + CREATE),
                () -> bury(
                        ledger,
                        "NUL in the id",
                        json("{}"),
                        "ce_specversion=1.0",
                        "ce_id=a\0b",
                        "ce_source=/x",
                        "ce_type=" + CREATE,
                        "ce_subject=" + Ledger.fresh()),
                () -> answer(
                        ledger,
                        "nesting",
                        CREATE,
                        "{\"name\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}",
                        "malformed"),
                () -> answer(
                        ledger, "large", CREATE, "{\"description\":\"" + "x".repeat(10 << 20) + "\"}", "malformed"),
                () -> answer(ledger, "no json", CREATE, "}{", "malformed"),
                () -> answer(ledger, "unknown field", CREATE, "{\"nmae\":\"x\"}", "malformed"),
                () -> answer(
                        ledger, "lone surrogate", CREATE, "{\"reason\":\"\\ud800\",\"name\":\"a\"}", "domainNotFound"),
                () -> answer(ledger, "NUL name", CREATE, "{\"name\":\"a\\u0000b\"}", "malformed"),
                () -> answer(ledger, "NUL text", CREATE, "{\"reason\":\"a\\u0000b\"}", "malformed"),
                () -> answer(ledger, "NUL field", CREATE, "{\"a\\u0000b\":1}", "malformed"),
                () -> answer(ledger, "no NUL", CREATE, "{\"reason\":\"a\\\\u0000b\"}", "domainNotFound"),
                () -> answer(ledger, "NUL raw", CREATE, "{\"description\":\"a\0b\"}", "malformed"),
                () -> answer(ledger, "unknown type", "snapledger.command.Explode.v1", "{}", "unknownCommand"),
                () -> answer(ledger, "version 2", "snapledger.command.CreateSnapshot.v2", "{}", "unknownCommand"),
                () -> answer(ledger, "event as command", "snapledger.event.SnapshotCreated.v1", "{}", "unknownCommand"),
                () -> answer(
                        ledger, "report as command", "snapledger.command.ResumeOperation.v1", "{}", "notPermitted"),
                () -> wrongKey(ledger));
    }

    private static byte[] json(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void answer(Ledger ledger, String id, String type, String json, String code) {
        DomainId domain = Ledger.fresh();
        answered.put(id, code);
        ledger.sendText(PARTITION, domain, Envelope.of(id, Ledger.CLIENT, type, domain.toString()), json);
    }

    private void wrongKey(Ledger ledger) {
        DomainId domain = Ledger.fresh();
        answered.put("wrong key", "malformed");
        ledger.send(
                PARTITION,
                Ledger.fresh(),
                Ledger.envelope(domain, "wrong key", Ledger.create("s")).around(Json.write(Ledger.create("s"))));
    }

    private void bury(Ledger ledger, String marker, byte @Nullable [] value, String... headers) {
        RecordHeaders all = new RecordHeaders();
        all.add("x-marker", json(marker));
        for (String header : headers) {
            int at = header.indexOf('=');
            all.add(at < 0 ? header : header.substring(0, at), at < 0 ? null : json(header.substring(at + 1)));
        }
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(ledger.topics.commands(), PARTITION, null, null, value, all);
        buried.put(marker, record);
        ledger.send(record);
    }

    private static void requireBuried(Ledger ledger, String marker, ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> letter = ledger.ear.dead().stream()
                .filter(r -> text(r, "x-marker").equals(Optional.of(marker)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no dead letter of " + marker));
        assertThat(letter.value()).as(marker).isEqualTo(sent.value());
        assertThat(letter.headers().toArray())
                .as(marker)
                .startsWith(sent.headers().toArray());
        assertThat(text(letter, "snapledger-dlq-reason").orElseThrow())
                .as(marker)
                .isNotBlank();
        assertThat(text(letter, "snapledger-dlq-topic")).contains(ledger.topics.commands());
        assertThat(text(letter, "snapledger-dlq-partition")).contains(Integer.toString(PARTITION));
        assertThat(text(letter, "snapledger-dlq-offset")).isPresent();
    }

    private static Optional<String> text(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? Optional.empty() : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }
}
