package io.snapledger.schema.message;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The attributes of a CloudEvent that Snapledger reads and writes (CONTRACT.md §2), without its data.
 *
 * @param sequence place in the domain's own stream, from 0
 * @param position place in the log
 */
public record Envelope(
        String id,
        String source,
        String type,
        Optional<String> subject,
        Optional<Instant> time,
        Optional<String> traceparent,
        Optional<String> actor,
        Optional<String> correlationId,
        Optional<String> correlationSource,
        Optional<String> causationId,
        Optional<Long> sequence,
        Optional<Long> position,
        Optional<String> ledgerHash) {

    /** The envelope of a new message with nothing but what is required. */
    public static Envelope of(String id, String source, String type, String subject) {
        return new Envelope(
                id,
                source,
                type,
                Optional.of(subject),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same at the given time. */
    public Envelope at(Instant when) {
        return new Envelope(
                id,
                source,
                type,
                subject,
                Optional.of(when),
                traceparent,
                actor,
                correlationId,
                correlationSource,
                causationId,
                sequence,
                position,
                ledgerHash);
    }

    public static Envelope of(CloudEvent event) {
        return new Envelope(
                event.getId(),
                event.getSource().toString(),
                event.getType(),
                Optional.ofNullable(event.getSubject()),
                Optional.ofNullable(event.getTime()).map(t -> t.toInstant()),
                extension(event, "traceparent"),
                extension(event, "actor"),
                extension(event, "correlationid"),
                extension(event, "correlationsource"),
                extension(event, "causationid"),
                extension(event, "sequence").flatMap(Envelope::number),
                extension(event, "position").flatMap(Envelope::number),
                extension(event, "ledgerhash"));
    }

    /** This envelope around the given data, ready for any protocol binding. */
    public CloudEvent around(String json) {
        CloudEventBuilder event = CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create(source))
                .withType(type)
                .withDataContentType("application/json")
                .withData(json.getBytes(StandardCharsets.UTF_8));
        subject.ifPresent(event::withSubject);
        time.ifPresent(t -> event.withTime(t.atOffset(ZoneOffset.UTC)));
        traceparent.ifPresent(v -> event.withExtension("traceparent", v));
        actor.ifPresent(v -> event.withExtension("actor", v));
        correlationId.ifPresent(v -> event.withExtension("correlationid", v));
        correlationSource.ifPresent(v -> event.withExtension("correlationsource", v));
        causationId.ifPresent(v -> event.withExtension("causationid", v));
        sequence.ifPresent(v -> event.withExtension("sequence", Long.toString(v)));
        position.ifPresent(v -> event.withExtension("position", Long.toString(v)));
        ledgerHash.ifPresent(v -> event.withExtension("ledgerhash", v));
        return event.build();
    }

    private static Optional<String> extension(CloudEvent event, String name) {
        return Optional.ofNullable(event.getExtension(name)).map(Object::toString);
    }

    /** A reader's own extension of the same name need not be a number; then it is not ours. */
    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
