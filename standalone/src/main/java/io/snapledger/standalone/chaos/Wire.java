package io.snapledger.standalone.chaos;

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
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** All clients' way to Kafka: it sends commands, and keeps every command that was sent and every reply that came. */
final class Wire implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    /** How long Kafka may be away, in milliseconds: other faults are met, too, by whoever reads a topic to repeat it. */
    private static final int LONGEST_ABSENCE = 180_000;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final History history;
    private final Topics topics;
    private final String straight;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Map<Id, Sent> sent = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<ProducerRecord<byte[], byte[]>> records = new ConcurrentLinkedQueue<>();
    private final Map<Id, List<Heard>> replies = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> unsent = new ConcurrentLinkedQueue<>();
    private final Thread reader;

    /** What tells one command from every other. */
    record Id(String source, String id) {}

    /** A command that was sent. */
    record Sent(Id id, DomainId domain, DomainCommand command) {}

    /** A reply as it came. */
    record Heard(String name, JsonNode data, long position) {
        boolean verdict() {
            return name.equals("CommandAccepted") || name.equals("CommandRejected");
        }

        boolean accepted() {
            return name.equals("CommandAccepted");
        }
    }

    /**
     * @param detour by which commands go
     * @param straight by which replies come, so that what is heard is what was said
     */
    Wire(String detour, String straight, Topics topics, History history) {
        this.topics = topics;
        this.straight = straight;
        this.history = history;
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", detour);
        config.put("acks", "all");
        config.put("linger.ms", 0);
        config.put("max.block.ms", 60_000);
        config.put("delivery.timeout.ms", 300_000);
        config.put("request.timeout.ms", 5_000);
        config.put("reconnect.backoff.max.ms", 500);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        reader = Thread.ofPlatform().name("replies").start(this::listen);
    }

    void send(Id id, DomainId domain, DomainCommand command) {
        String json = Json.write(command);
        Envelope envelope = Envelope.of(id.id(), id.source(), MessageNames.of(command.getClass()), domain.toString());
        ProducerRecord<byte[], byte[]> record =
                CloudEvents.write(topics.commands(), domain.toString(), envelope.around(json));
        sent.put(id, new Sent(id, domain, command));
        history.note(
                "sent",
                line -> line.put("source", id.source())
                        .put("id", id.id())
                        .put("domain", domain.toString())
                        .put("type", command.getClass().getSimpleName())
                        .set("data", tree(json)));
        records.add(record);
        var _ = producer.send(record, (_, e) -> {
            if (e != null) {
                unsent.add(id + ": " + e.getMessage());
            }
        });
    }

    private static JsonNode tree(String json) {
        try {
            return Json.strict().readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends once more, byte for byte, what stands on one of our topics. */
    void again(ProducerRecord<byte[], byte[]> record) {
        var _ = producer.send(
                new ProducerRecord<>(record.topic(), null, record.key(), record.value(), record.headers()));
    }

    List<ProducerRecord<byte[], byte[]>> commandsSent() {
        return List.copyOf(records);
    }

    /** The last of what is on a topic, as it stands there. */
    List<ProducerRecord<byte[], byte[]>> tail(String topic, int most) {
        List<ProducerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (var consumer = consumer()) {
            List<TopicPartition> all = partitions(consumer, topic);
            consumer.assign(all);
            consumer.endOffsets(all).forEach((p, end) -> consumer.seek(p, Math.max(0, end - most)));
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(POLL)) {
                    found.add(new ProducerRecord<>(r.topic(), r.partition(), r.key(), r.value(), r.headers()));
                }
            }
        }
        return found;
    }

    List<Sent> sent() {
        return List.copyOf(sent.values());
    }

    /** What Kafka never took although it was tried for minutes. */
    List<String> unsent() {
        return List.copyOf(unsent);
    }

    List<Heard> replies(Id id) {
        return replies.getOrDefault(id, List.of());
    }

    Optional<Heard> verdict(Id id) {
        return replies(id).stream().filter(Heard::verdict).findFirst();
    }

    Optional<Heard> end(Id id) {
        return replies(id).stream().filter(h -> !h.verdict()).findFirst();
    }

    /** Whether the command has every reply that it will get. */
    boolean settled(Id id) {
        return verdict(id)
                .map(v -> !v.accepted() || !v.data().has("operation") || end(id).isPresent())
                .orElse(false);
    }

    /** The commands that have not had all their replies yet. */
    List<Sent> open() {
        return sent.values().stream().filter(s -> !settled(s.id())).toList();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        straight,
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest",
                        "enable.auto.commit",
                        false,
                        "reconnect.backoff.max.ms",
                        500,
                        "default.api.timeout.ms",
                        LONGEST_ABSENCE),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(p -> new TopicPartition(topic, p.partition()))
                .toList();
    }

    private void listen() {
        KafkaConsumer<byte[], byte[]> consumer = consumer();
        try {
            List<TopicPartition> all = partitions(consumer, topics.replies());
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!closed.get()) {
                consumer.poll(POLL).forEach(this::hear);
            }
        } catch (WakeupException _) {
            // It is being closed.
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        if (!(CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent event))
                || event.getData() == null) {
            throw new IllegalStateException("a reply that is no CloudEvent at offset " + record.offset());
        }
        Envelope envelope = Envelope.of(event);
        Id id = new Id(
                envelope.correlationSource().orElse("?"),
                envelope.correlationId().orElse("?"));
        JsonNode data = tree(new String(event.getData().toBytes(), java.nio.charset.StandardCharsets.UTF_8));
        Heard heard = new Heard(
                MessageNames.simple(envelope.type()), data, envelope.position().orElse(-1L));
        replies.computeIfAbsent(id, _ -> new CopyOnWriteArrayList<>()).add(heard);
        history.note(
                "heard",
                line -> line.put("source", id.source())
                        .put("id", id.id())
                        .put("type", heard.name())
                        .put("position", heard.position())
                        .set("data", data));
    }

    @Override
    public void close() {
        closed.set(true);
        producer.close(Duration.ofSeconds(5));
        Waiting.until(PATIENCE, () -> !reader.isAlive());
    }
}
