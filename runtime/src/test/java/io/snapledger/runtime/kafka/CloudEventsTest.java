package io.snapledger.runtime.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.snapledger.runtime.kafka.CloudEvents.Reading;
import io.snapledger.schema.message.Envelope;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both content modes, with and without headers, and what is none of them. */
class CloudEventsTest {
    private static final String DATA = "{\"name\":\"nightly\"}";
    private static final Envelope ENVELOPE =
            Envelope.of("1", "/me", "snapledger.command.CreateSnapshot.v1", "6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");

    @Test
    void what_we_write_is_in_binary_mode_and_reads_back_equal() {
        ProducerRecord<byte[], byte[]> written = CloudEvents.write("t", "key", ENVELOPE.around(DATA));

        assertThat(written.headers().lastHeader("ce_type")).isNotNull();
        assertThat(new String(written.value(), UTF_8)).isEqualTo(DATA);
        assertThat(read(written.headers(), written.value())).isEqualTo(Optional.of(ENVELOPE));
    }

    @Test
    void structured_mode_is_read_with_its_content_type() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/cloudevents+json; charset=UTF-8".getBytes(UTF_8));

        assertThat(read(headers, new JsonFormat().serialize(ENVELOPE.around(DATA))))
                .isEqualTo(Optional.of(ENVELOPE));
    }

    @Test
    void structured_mode_is_read_without_any_header() {
        String sent = """
                {"specversion":"1.0","id":"1","source":"/me","type":"snapledger.command.CreateSnapshot.v1",
                 "subject":"6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11","data":{"name":"nightly"}}""";

        Reading reading = CloudEvents.read(record(new RecordHeaders(), sent.getBytes(UTF_8)));

        CloudEvent event = ((Reading.Event) reading).event();
        assertThat(Envelope.of(event)).isEqualTo(ENVELOPE);
        assertThat(new String(event.getData().toBytes(), UTF_8)).isEqualTo(DATA);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "{",
                "[]",
                "null",
                "7",
                "{}",
                "{'id':'1'}",
                "{'specversion':null}",
                "{'specversion':7}",
                "{'specversion':'9.9','id':'1','source':'/me','type':'x'}",
                "{'specversion':'1.0'}",
                "{'specversion':'1.0','id':'1','source':'/me'}",
                "{'specversion':'1.0','id':{},'source':'/me','type':'x'}",
                "{'specversion':'1.0','id':'1','source':'not a uri ^','type':'x'}",
                "{'specversion':'1.0','id':'1','source':'/me','type':'x','time':'yesterday'}",
                "{'specversion':'1.0','id':'1','source':'/me','type':'x','data_base64':'%%%'}",
                "{'specversion':'1.0','id':'1','source':'/me','type':'x','Bad-Name':'1'}",
            })
    void what_is_no_cloud_event_is_told_so(String value) {
        Reading reading = CloudEvents.read(
                record(new RecordHeaders(), value.replace('\'', '"').getBytes(UTF_8)));

        assertThat(reading).isInstanceOf(Reading.Unreadable.class);
        assertThat(((Reading.Unreadable) reading).reason()).isNotBlank();
    }

    @Test
    void a_record_without_a_value_is_told_so() {
        assertThat(CloudEvents.read(record(new RecordHeaders(), null))).isInstanceOf(Reading.Unreadable.class);
    }

    @Test
    void binary_mode_with_half_its_headers_is_told_so() {
        for (Map<String, String> some : java.util.List.of(
                Map.of("ce_specversion", "1.0"),
                Map.of("ce_specversion", "9"),
                Map.of("ce_specversion", "1.0", "ce_id", "1", "ce_source", "^ ^", "ce_type", "x"),
                Map.of("ce_specversion", "1.0", "ce_id", "1", "ce_source", "/a", "ce_type", "x", "ce_time", "now"))) {
            RecordHeaders headers = new RecordHeaders();
            some.forEach((name, value) -> headers.add(name, value.getBytes(UTF_8)));

            assertThat(CloudEvents.read(record(headers, DATA.getBytes(UTF_8)))).isInstanceOf(Reading.Unreadable.class);
        }
    }

    @Test
    void a_header_without_a_value_does_no_harm() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("ce_specversion", null);
        headers.add("content-type", null);

        assertThat(CloudEvents.read(record(headers, DATA.getBytes(UTF_8)))).isInstanceOf(Reading.Unreadable.class);
    }

    private static Optional<Envelope> read(Headers headers, byte[] value) {
        return CloudEvents.read(record(headers, value)) instanceof Reading.Event(var event)
                ? Optional.of(Envelope.of(event))
                : Optional.empty();
    }

    private static ConsumerRecord<byte[], byte[]> record(Headers headers, byte[] value) {
        return new ConsumerRecord<>(
                "t", 0, 0, 0, TimestampType.CREATE_TIME, 0, 0, null, value, headers, Optional.empty());
    }
}
