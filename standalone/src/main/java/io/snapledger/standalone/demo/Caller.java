package io.snapledger.standalone.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A client as any service would be: it publishes a command and listens for its replies. For one thread. */
final class Caller implements AutoCloseable {
    private static final String SOURCE = "/snapledger/demo";
    private static final Duration DEADLINE = Duration.ofSeconds(45);

    private final Topics topics;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> replies;

    /** The last reply to a command. */
    record Answer(String name, JsonNode data, long position) {
        boolean good() {
            return name.equals("OperationCompleted") || name.equals("CommandAccepted");
        }

        String message() {
            return data.path("message").asText();
        }
    }

    Caller(String bootstrap, Topics topics) {
        this.topics = topics;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.replies = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> all = replies.partitionsFor(topics.replies()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        replies.assign(all);
        replies.seekToEnd(all);
        all.forEach(replies::position);
    }

    /** Sends the command on someone's behalf and waits for its last reply. */
    Answer ask(DomainId domain, String actor, DomainCommand command) throws Exception {
        String id = UUID.randomUUID().toString();
        Envelope plain = Envelope.of(id, SOURCE, MessageNames.of(command.getClass()), domain.toString());
        CloudEvent event = io.cloudevents.core.builder.CloudEventBuilder.v1(plain.around(Json.write(command)))
                .withExtension("actor", actor)
                .build();
        producer.send(CloudEvents.write(topics.commands(), domain.toString(), event))
                .get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            for (ConsumerRecord<byte[], byte[]> record : replies.poll(Duration.ofMillis(500))) {
                Optional<Answer> answer = last(record, id);
                if (answer.isPresent()) {
                    return answer.get();
                }
            }
        }
        throw new IOException("no last reply to " + command + " within " + DEADLINE);
    }

    private static Optional<Answer> last(ConsumerRecord<byte[], byte[]> record, String id) throws IOException {
        if (!(CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent event))
                || event.getData() == null) {
            return Optional.empty();
        }
        Envelope envelope = Envelope.of(event);
        JsonNode data = Json.lenient().readTree(event.getData().toBytes());
        String name = MessageNames.simple(envelope.type());
        boolean more = name.equals("CommandAccepted") && data.has("operation");
        return more || !envelope.correlationId().orElse("").equals(id)
                ? Optional.empty()
                : Optional.of(new Answer(name, data, envelope.position().orElse(0L)));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        replies.close();
    }
}
