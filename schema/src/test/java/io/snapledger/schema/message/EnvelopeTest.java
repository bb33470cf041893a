package io.snapledger.schema.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.CloudEventUtils;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.message.impl.BaseGenericBinaryMessageReaderImpl;
import io.cloudevents.core.message.impl.GenericStructuredMessageReader;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.rw.CloudEventContextWriter;
import io.cloudevents.rw.CloudEventWriter;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** An envelope says the same around an event, in either mode, and after it was read back. */
class EnvelopeTest {
    private static final String DATA = "{\"name\":\"nightly\"}";
    private static final Envelope FULL = new Envelope(
            "17",
            "/snapledger/a",
            "snapledger.event.SnapshotCreated.v1",
            Optional.of("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11"),
            Optional.of(Instant.parse("2026-11-21T05:30:00.123456Z")),
            Optional.of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Optional.of("anna"),
            Optional.of("1"),
            Optional.of("/backup"),
            Optional.of("16"),
            Optional.of(Long.MAX_VALUE),
            Optional.of(123_456_789_012L),
            Optional.of("c0ffee"));

    @Test
    void reads_back_equal() {
        CloudEvent event = FULL.around(DATA);

        assertThat(Envelope.of(event)).isEqualTo(FULL);
        assertThat(new String(event.getData().toBytes(), UTF_8)).isEqualTo(DATA);
    }

    @Test
    void reads_back_equal_in_structured_mode() {
        byte[] structured = new JsonFormat().serialize(FULL.around(DATA));

        CloudEvent event = new GenericStructuredMessageReader(new JsonFormat(), structured).toEvent();

        assertThat(Envelope.of(event)).isEqualTo(FULL);
        assertThat(new String(event.getData().toBytes(), UTF_8)).isEqualTo(DATA);
    }

    @Test
    void reads_back_equal_in_binary_mode() {
        CloudEvent event = Binary.of(FULL.around(DATA)).toEvent();

        assertThat(Envelope.of(event)).isEqualTo(FULL);
        assertThat(new String(event.getData().toBytes(), UTF_8)).isEqualTo(DATA);
    }

    @Test
    void is_written_under_the_names_of_the_contract() {
        assertThat(Binary.of(FULL.around(DATA)).headers())
                .containsOnlyKeys(
                        "specversion",
                        "id",
                        "source",
                        "type",
                        "subject",
                        "time",
                        "datacontenttype",
                        "traceparent",
                        "actor",
                        "correlationid",
                        "correlationsource",
                        "causationid",
                        "sequence",
                        "position",
                        "ledgerhash")
                .containsEntry("time", "2026-11-21T05:30:00.123456Z")
                .containsEntry("datacontenttype", "application/json")
                .containsEntry("position", "123456789012");
    }

    @Test
    void leaves_out_what_is_absent() {
        Envelope bare = Envelope.of("1", "/me", "x", "y");

        assertThat(Binary.of(bare.around(DATA)).headers())
                .containsOnlyKeys("specversion", "id", "source", "type", "subject", "datacontenttype");
        assertThat(Envelope.of(Binary.of(bare.around(DATA)).toEvent())).isEqualTo(bare);
    }

    @Test
    void takes_a_time_of_any_zone() {
        String sent =
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/me\",\"type\":\"x\",\"time\":\"2026-11-21T07:30:00+02:00\"}";

        assertThat(Envelope.of(new JsonFormat().deserialize(sent.getBytes(UTF_8)))
                        .time())
                .contains(Instant.parse("2026-11-21T05:30:00Z"));
    }

    @Test
    void needs_no_more_than_an_id_a_source_and_a_type() {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/me"))
                .withType("snapledger.command.Merge.v1")
                .build();

        Envelope envelope = Envelope.of(event);

        assertThat(envelope.subject()).isEmpty();
        assertThat(envelope.time()).isEmpty();
        assertThat(envelope.around("{}").getExtensionNames()).isEmpty();
    }

    @Test
    void passes_over_a_position_that_is_no_number() {
        CloudEvent event = CloudEventBuilder.v1(
                        Envelope.of("1", "/me", "x", "y").around("{}"))
                .withExtension("position", "here")
                .withExtension("sequence", 3)
                .build();

        assertThat(Envelope.of(event).position()).isEmpty();
        assertThat(Envelope.of(event).sequence()).contains(3L);
    }

    /** A protocol's message in binary mode: attributes as headers that are text, the data beside them. */
    private record Binary(Map<String, String> headers, String data) {
        static Binary of(CloudEvent event) {
            Map<String, String> headers = new TreeMap<>();
            byte[] data = CloudEventUtils.toReader(event).read(version -> {
                headers.put("specversion", version.toString());
                return new Writing(headers);
            });
            return new Binary(headers, new String(data, UTF_8));
        }

        CloudEvent toEvent() {
            return new Reading(this).toEvent();
        }
    }

    private record Writing(Map<String, String> headers) implements CloudEventWriter<byte[]> {
        @Override
        public CloudEventContextWriter withContextAttribute(String name, String value) {
            headers.put(name, value);
            return this;
        }

        @Override
        public byte[] end(CloudEventData data) {
            return data.toBytes();
        }

        @Override
        public byte[] end() {
            return new byte[0];
        }
    }

    private static final class Reading extends BaseGenericBinaryMessageReaderImpl<String, String> {
        private final Binary message;

        Reading(Binary message) {
            super(
                    SpecVersion.parse(message.headers().get("specversion")),
                    BytesCloudEventData.wrap(message.data().getBytes(UTF_8)));
            this.message = message;
        }

        @Override
        protected boolean isContentTypeHeader(String key) {
            return key.equals("datacontenttype");
        }

        @Override
        protected boolean isCloudEventsHeader(String key) {
            return true;
        }

        @Override
        protected String toCloudEventsKey(String key) {
            return key;
        }

        @Override
        protected void forEachHeader(BiConsumer<String, String> reader) {
            message.headers().forEach(reader);
        }

        @Override
        protected String toCloudEventsValue(String value) {
            return value;
        }
    }
}
