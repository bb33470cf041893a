package io.snapledger.standalone.faults;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A client that outlives the service: it sends commands and keeps every reply and event that it is sent. */
public final class KafkaCaller implements AutoCloseable {
    public static final String SOURCE = "/test/faults";

    private final KafkaProducer<String, CloudEvent> producer;
    private final Thread reader;
    private final ConcurrentLinkedQueue<Future<?>> sending = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Map<String, List<Heard>> replies = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Heard> events = new ConcurrentLinkedQueue<>();

    /** A message as it came. */
    public record Heard(Envelope envelope, JsonNode data) {
        public String name() {
            return MessageNames.simple(envelope.type());
        }
    }

    public KafkaCaller(String bootstrap, Topics topics) {
        Map<String, Object> common = Map.of("bootstrap.servers", bootstrap);
        Map<String, Object> config = new java.util.HashMap<>(common);
        config.put("acks", "all");
        config.put("delivery.timeout.ms", 300_000);
        config.put("request.timeout.ms", 5_000);
        config.put("reconnect.backoff.max.ms", 500);
        producer = new KafkaProducer<>(config, new StringSerializer(), new CloudEventSerializer());
        reader = Thread.ofPlatform().name("replies").start(() -> read(common, topics));
    }

    public void send(Topics topics, DomainId domain, String id, DomainCommand command) {
        Envelope envelope = Envelope.of(id, SOURCE, MessageNames.of(command.getClass()), domain.toString());
        sending.add(producer.send(
                new ProducerRecord<>(topics.commands(), domain.toString(), envelope.around(Json.write(command)))));
    }

    /** Waits until Kafka has every command that was sent. */
    public void flush() {
        for (Future<?> one = sending.poll(); one != null; one = sending.poll()) {
            try {
                one.get(5, TimeUnit.MINUTES);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new IllegalStateException("a command did not reach Kafka", e);
            }
        }
    }

    public List<Heard> replies(String id) {
        return replies.getOrDefault(id, List.of());
    }

    public Optional<Heard> verdict(String id) {
        return replies(id).stream()
                .filter(r -> r.name().equals("CommandAccepted") || r.name().equals("CommandRejected"))
                .findFirst();
    }

    public Optional<Heard> end(String id) {
        return replies(id).stream()
                .filter(r -> r.name().equals("OperationCompleted") || r.name().equals("OperationFailed"))
                .findFirst();
    }

    /** Whether the command has every reply that it will get. */
    public boolean settled(String id) {
        return verdict(id)
                .map(v -> v.name().equals("CommandRejected") || !v.data().has("operation") || end(id).isPresent())
                .orElse(false);
    }

    public List<Heard> events() {
        return new ArrayList<>(events);
    }

    @Override
    public void close() {
        closed.set(true);
        producer.close(Duration.ofSeconds(5));
        Waiting.until(Duration.ofSeconds(10), () -> "the reader of replies does not end", () -> !reader.isAlive());
    }

    private void read(Map<String, Object> common, Topics topics) {
        Map<String, Object> config = new java.util.HashMap<>(common);
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("reconnect.backoff.max.ms", 500);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new CloudEventDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (String topic : List.of(topics.replies(), topics.events())) {
                consumer.partitionsFor(topic).forEach(p -> all.add(new TopicPartition(topic, p.partition())));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!closed.get()) {
                for (ConsumerRecord<String, CloudEvent> record : consumer.poll(Duration.ofMillis(200))) {
                    keep(record.topic().equals(topics.replies()), record.value());
                }
            }
        }
    }

    private void keep(boolean reply, CloudEvent event) {
        Envelope envelope = Envelope.of(event);
        Heard heard = new Heard(envelope, json(event));
        if (reply) {
            replies.computeIfAbsent(
                            envelope.correlationId().orElse("?"),
                            _ -> new java.util.concurrent.CopyOnWriteArrayList<>())
                    .add(heard);
        } else {
            events.add(heard);
        }
    }

    private static JsonNode json(CloudEvent event) {
        try {
            return event.getData() == null
                    ? Json.strict().createObjectNode()
                    : Json.strict().readTree(event.getData().toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
