package io.snapledger.schema.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.impl.GenericStructuredMessageReader;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
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
}
