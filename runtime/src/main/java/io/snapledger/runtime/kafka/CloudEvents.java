package io.snapledger.runtime.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.core.v1.CloudEventV1;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * CloudEvents 1.0 over Kafka: both content modes are read, and a JSON object with {@code specversion} counts as
 * structured without any header; what is written is in binary mode.
 */
public final class CloudEvents {
    private static final CloudEventSerializer BINARY = new CloudEventSerializer();

    private CloudEvents() {}

    /** What a record holds. */
    public sealed interface Reading {
        record Event(CloudEvent event) implements Reading {}

        record Unreadable(String reason) implements Reading {}
    }

    public static Reading read(ConsumerRecord<byte[], byte[]> record) {
        try {
            Headers headers = withValues(record.headers());
            if (binary(headers)) {
                return new Reading.Event(KafkaMessageFactory.createReader(headers, record.value())
                        .toEvent());
            }
            return structured(record.value());
        } catch (RuntimeException e) {
            return new Reading.Unreadable("the record is no CloudEvent 1.0: "
                    + Optional.ofNullable(e.getMessage()).orElse("unreadable"));
        }
    }

    /** Kafka allows a header without a value; the SDK falls over it. */
    private static Headers withValues(Headers headers) {
        RecordHeaders some = new RecordHeaders();
        for (Header header : headers) {
            if (header.value() != null) {
                some.add(header);
            }
        }
        return some;
    }

    private static boolean binary(Headers headers) {
        return headers.lastHeader("ce_specversion") != null
                && contentType(headers)
                        .filter(t -> t.startsWith(JsonFormat.CONTENT_TYPE))
                        .isEmpty();
    }

    private static Optional<String> contentType(Headers headers) {
        Header header = headers.lastHeader("content-type");
        return header == null ? Optional.empty() : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }

    private static Reading structured(byte @org.jspecify.annotations.Nullable [] value) {
        if (value == null || value.length == 0) {
            return new Reading.Unreadable(
                    "the record has no value; send a CloudEvent 1.0 in structured or binary mode");
        }
        try {
            JsonNode json = Json.strict().readTree(value);
            if (!json.isObject() || !json.has(CloudEventV1.SPECVERSION)) {
                return new Reading.Unreadable(
                        "the value is no JSON object with \"specversion\" and there are no ce_ headers; send a CloudEvent 1.0");
            }
            return new Reading.Event(
                    Optional.ofNullable(EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE))
                            .orElseThrow(() -> new IllegalStateException("the JSON format of CloudEvents is missing"))
                            .deserialize(value));
        } catch (IOException e) {
            return new Reading.Unreadable("the value is neither JSON nor are there ce_ headers; send a CloudEvent 1.0");
        }
    }

    /** A record in binary mode. */
    public static ProducerRecord<byte[], byte[]> write(String topic, String key, CloudEvent event) {
        RecordHeaders headers = new RecordHeaders();
        byte[] value = BINARY.serialize(topic, headers, event);
        return new ProducerRecord<>(topic, null, key.getBytes(StandardCharsets.UTF_8), value, headers);
    }
}
