package io.snapledger.command.kafka;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.snapledger.command.axon.Arrival;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a record to a message of ours. What names itself and its domain gets an answer, however wrong it is; the rest is
 * for the dead-letter topic.
 */
final class CommandReading {
    private static final Logger LOG = LoggerFactory.getLogger(CommandReading.class);
    private static final int LONGEST_ATTRIBUTE = 512;

    /** What is written because of a command holds its data twice at most, and must fit into a record of Kafka's usual 1 MB. */
    private static final int LARGEST_DATA = 256 << 10;

    private static final char NUL = '\0';
    private static final char INSTEAD = (char) 0xfffd;
    private static final Pattern ESCAPED_NUL = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000");

    private CommandReading() {}

    /** What came of reading one record. */
    sealed interface Result {
        record Known(Arrival arrival) implements Result {}

        record Dead(String reason) implements Result {}
    }

    /** @param reports whether the record comes from the topic that only executors and the saga write */
    static Result read(ConsumerRecord<byte[], byte[]> record, boolean reports) {
        return switch (CloudEvents.read(record)) {
            case CloudEvents.Reading.Unreadable unreadable -> new Result.Dead(unreadable.reason());
            case CloudEvents.Reading.Event event -> understood(record, event.event(), reports);
        };
    }

    /** What a defect of ours cannot read must not stand in the way of others. */
    private static Result understood(ConsumerRecord<byte[], byte[]> record, CloudEvent event, boolean reports) {
        try {
            return read(record, event, reports);
        } catch (RuntimeException e) {
            LOG.error(
                    "the record at {}-{}, offset {}, could not be read",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e);
            return new Result.Dead("the record could not be read because of a defect: " + e);
        }
    }

    private static Result read(ConsumerRecord<byte[], byte[]> record, CloudEvent event, boolean reports) {
        Envelope envelope = Envelope.of(event);
        if (envelope.id().length() > LONGEST_ATTRIBUTE || envelope.source().length() > LONGEST_ATTRIBUTE) {
            return new Result.Dead(
                    "id or source is longer than " + LONGEST_ATTRIBUTE + " characters; give shorter ones");
        }
        if (Stream.of(
                        Optional.of(envelope.id()),
                        Optional.of(envelope.type()),
                        envelope.actor(),
                        envelope.traceparent())
                .flatMap(Optional::stream)
                .anyMatch(Texts::hasControl)) {
            return new Result.Dead("id, type, actor or traceparent holds a control character; leave it out");
        }
        CloudEventData data = event.getData();
        byte[] came = data == null ? "{}".getBytes(StandardCharsets.UTF_8) : data.toBytes();
        byte[] json = reports ? withoutNul(text(came)).getBytes(StandardCharsets.UTF_8) : came;
        Optional<Class<?>> type = MessageNames.record(envelope.type());
        if (reports && type.isPresent() && type.get() == HostReport.class) {
            return host(json);
        }
        Optional<String> key = Optional.ofNullable(record.key()).map(k -> new String(k, StandardCharsets.UTF_8));
        Optional<DomainId> domain = envelope.subject().or(() -> key).flatMap(CommandReading::domain);
        if (domain.isEmpty()) {
            return new Result.Dead("neither subject \""
                    + Texts.shortened(envelope.subject().orElse(""))
                    + "\" nor the key is the UUID of a domain; give the domain's id as the subject");
        }
        if (key.isPresent() && !key.get().equalsIgnoreCase(domain.get().toString())) {
            return refused(
                    envelope,
                    domain.get(),
                    json,
                    Rejection.ofField(
                            RejectionCode.MALFORMED,
                            "subject \"" + domain.get() + "\" and key \"" + Texts.shortened(key.get())
                                    + "\" differ; give the domain's id as both, or no key",
                            "subject"));
        }
        return type.filter(DomainCommand.class::isAssignableFrom)
                .map(command -> command(envelope, domain.get(), json, command.asSubclass(DomainCommand.class), reports))
                .orElseGet(() -> refused(
                        envelope,
                        domain.get(),
                        json,
                        Rejection.ofField(
                                RejectionCode.UNKNOWN_COMMAND,
                                "type \"" + Texts.shortened(envelope.type())
                                        + "\" is no command; send one like snapledger.command.CreateSnapshot.v1",
                                "type")));
    }

    private static Result command(
            Envelope envelope, DomainId domain, byte[] json, Class<? extends DomainCommand> type, boolean reports) {
        boolean client = DomainCommand.ByClient.class.isAssignableFrom(type);
        if (client == reports) {
            return refused(
                    envelope,
                    domain,
                    json,
                    Rejection.of(
                            RejectionCode.NOT_PERMITTED,
                            MessageNames.simple(envelope.type())
                                    + (reports
                                            ? " is a client's command; send it to the commands topic"
                                            : " is for executors and the saga only; a client has no use for it")));
        }
        if (json.length > LARGEST_DATA) {
            return refused(
                    envelope,
                    domain,
                    json,
                    Rejection.of(
                            RejectionCode.MALFORMED,
                            "the data has " + json.length + " bytes; give at most " + LARGEST_DATA));
        }
        if (!withoutNul(text(json)).equals(text(json))) {
            return refused(
                    envelope,
                    domain,
                    json,
                    Rejection.of(RejectionCode.MALFORMED, "the data holds a NUL character; leave it out"));
        }
        return switch (Json.readCommand(json, type)) {
            case Json.Reading.Refused<Json.Asked> no -> refused(envelope, domain, json, no.rejection());
            case Json.Reading.Read<Json.Asked> yes -> {
                Json.Asked asked = yes.value();
                yield new Result.Known(
                        reports
                                ? new Arrival.Told(envelope, domain, asked.command())
                                : new Arrival.Asked(
                                        envelope, domain, asked.command(), asked.reason(), asked.dryRun(), text(json)));
            }
        };
    }

    private static Result host(byte[] json) {
        return switch (Json.readSent(json, HostReport.class)) {
            case Json.Reading.Read<HostReport> yes -> new Result.Known(new Arrival.Host(yes.value()));
            case Json.Reading.Refused<HostReport> no ->
                new Result.Dead("the report of the host cannot be read: "
                        + no.rejection().message());
        };
    }

    private static Result refused(Envelope envelope, DomainId domain, byte[] json, Rejection rejection) {
        Rejection shown =
                new Rejection(rejection.code(), rejection.message().replace(NUL, INSTEAD), rejection.details());
        String data = withoutNul(new String(json, 0, Math.min(json.length, LARGEST_DATA), StandardCharsets.UTF_8));
        return new Result.Known(new Arrival.Refused(envelope, domain, shown, Optional.empty(), data));
    }

    /** PostgreSQL has no NUL in its texts: one that got into the log could never be shown. */
    private static String withoutNul(String json) {
        String bare = json.replace(NUL, INSTEAD);
        return bare.contains("\\u0000") ? ESCAPED_NUL.matcher(bare).replaceAll("$1\\\\ufffd") : bare;
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static Optional<DomainId> domain(String text) {
        try {
            return Optional.of(DomainId.parse(text));
        } catch (InvalidValueException _) {
            return Optional.empty();
        }
    }
}
