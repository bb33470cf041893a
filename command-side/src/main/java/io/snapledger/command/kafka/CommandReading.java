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
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * From a record to a message of ours. What names itself and its domain gets an answer, however wrong it is; the rest is
 * for the dead-letter topic.
 */
final class CommandReading {
    private static final int LONGEST_ATTRIBUTE = 512;

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
            case CloudEvents.Reading.Event event -> read(record, event.event(), reports);
        };
    }

    private static Result read(ConsumerRecord<byte[], byte[]> record, CloudEvent event, boolean reports) {
        Envelope envelope = Envelope.of(event);
        if (envelope.id().length() > LONGEST_ATTRIBUTE || envelope.source().length() > LONGEST_ATTRIBUTE) {
            return new Result.Dead(
                    "id or source is longer than " + LONGEST_ATTRIBUTE + " characters; give shorter ones");
        }
        CloudEventData data = event.getData();
        byte[] json = data == null ? "{}".getBytes(StandardCharsets.UTF_8) : data.toBytes();
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
        return new Result.Known(new Arrival.Refused(envelope, domain, rejection, Optional.empty(), text(json)));
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
