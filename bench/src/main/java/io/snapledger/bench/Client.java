package io.snapledger.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A service that publishes commands and waits for each one's reply. For one thread. */
final class Client implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Topics topics = Topics.DEFAULT;
    private final ObjectMapper json = new ObjectMapper();
    private final KafkaProducer<String, CloudEvent> producer;
    private final KafkaConsumer<String, CloudEvent> replies;

    Client(String bootstrap) {
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new StringSerializer(),
                new CloudEventSerializer());
        replies = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new StringDeserializer(),
                new CloudEventDeserializer());
        List<TopicPartition> all = replies.partitionsFor(topics.replies()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        replies.assign(all);
        replies.seekToEnd(all);
        all.forEach(replies::position);
    }

    /** Sends the command and waits for the reply of that name, whose data it returns. */
    JsonNode ask(UUID domain, String command, String data, String until) throws Exception {
        String id = UUID.randomUUID().toString();
        Envelope envelope = Envelope.of(id, "/bench", MessageNames.COMMAND + command + ".v1", domain.toString());
        Future<?> sent =
                producer.send(new ProducerRecord<>(topics.commands(), domain.toString(), envelope.around(data)));
        sent.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            for (ConsumerRecord<String, CloudEvent> record : replies.poll(Duration.ofMillis(500))) {
                Envelope reply = Envelope.of(record.value());
                String name = MessageNames.simple(reply.type());
                if (!reply.correlationId().orElse("").equals(id)) {
                    continue;
                }
                JsonNode said = record.value().getData() == null
                        ? json.createObjectNode()
                        : json.readTree(record.value().getData().toBytes());
                if (name.equals(until)) {
                    return said;
                }
                if (name.equals("CommandRejected") || name.equals("OperationFailed")) {
                    throw new IOException(command + " ended as " + name + ": " + said);
                }
            }
        }
        throw new IOException(command + ": no " + until + " within " + DEADLINE);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        replies.close();
    }
}
