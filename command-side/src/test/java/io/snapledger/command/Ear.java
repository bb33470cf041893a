package io.snapledger.command;

import io.cloudevents.CloudEvent;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Keeps all that the ledger says, from the beginning on. */
final class Ear implements AutoCloseable {
    private final Topics topics;
    private final Map<String, Object> kafka;
    private final Thread thread;
    private volatile boolean closed;
    private final Map<String, List<Heard>> replies = new ConcurrentHashMap<>();
    private final List<Heard> events = new CopyOnWriteArrayList<>();
    private final List<Heard> operations = new CopyOnWriteArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> dead = new CopyOnWriteArrayList<>();

    Ear(String kafkaServers, Topics topics) {
        this.topics = topics;
        this.kafka = Map.of(
                "bootstrap.servers",
                kafkaServers,
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "fetch.max.wait.ms",
                50);
        this.thread = Thread.ofPlatform().name("ear").start(this::listen);
    }

    /** Every reply to the command, in the order of arrival. */
    List<Heard> replies(String command) {
        return replies.getOrDefault(command, List.of());
    }

    List<Heard> verdicts(String command) {
        return replies(command).stream().filter(Heard::isVerdict).toList();
    }

    Heard verdict(String command) {
        Waiting.until(() -> "no verdict on " + command, () -> !verdicts(command).isEmpty());
        return verdicts(command).getFirst();
    }

    Optional<Heard> end(String command) {
        return replies(command).stream().filter(r -> !r.isVerdict()).findFirst();
    }

    Heard awaitEnd(String command) {
        Waiting.until(
                () -> "no end of " + command + ", only " + replies(command),
                () -> end(command).isPresent());
        return end(command).orElseThrow();
    }

    /** Whether nothing more is to come. */
    boolean settled(String command) {
        return verdicts(command).stream()
                .findFirst()
                .filter(v -> v.name().equals("CommandRejected")
                        || !v.data().has("operation")
                        || end(command).isPresent())
                .isPresent();
    }

    List<Heard> events() {
        return events;
    }

    List<Heard> events(DomainId domain) {
        return events.stream().filter(e -> e.domain().equals(domain)).toList();
    }

    List<Heard> operations(DomainId domain) {
        return operations.stream().filter(e -> e.domain().equals(domain)).toList();
    }

    List<ConsumerRecord<byte[], byte[]>> dead() {
        return dead;
    }

    private void listen() {
        try (var consumer = new KafkaConsumer<>(kafka, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (String topic : List.of(topics.replies(), topics.events(), topics.operations(), topics.deadLetters())) {
                all.addAll(partitions(topic));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    keep(record);
                }
            }
        }
    }

    /** All of them: a broker that was just told of a topic may not yet name every one. */
    static List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, Ledger.PARTITIONS)
                .mapToObj(p -> new TopicPartition(topic, p))
                .toList();
    }

    private void keep(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(topics.deadLetters())) {
            dead.add(record);
            return;
        }
        Heard heard = heard(record);
        if (record.topic().equals(topics.replies())) {
            replies.computeIfAbsent(heard.envelope().correlationId().orElseThrow(), _ -> new CopyOnWriteArrayList<>())
                    .add(heard);
        } else if (record.topic().equals(topics.events())) {
            events.add(heard);
        } else {
            operations.add(heard);
        }
    }

    static Heard heard(ConsumerRecord<byte[], byte[]> record) {
        long now = System.nanoTime();
        CloudEvent event = ((CloudEvents.Reading.Event) CloudEvents.read(record)).event();
        try {
            return new Heard(
                    new String(record.key(), java.nio.charset.StandardCharsets.UTF_8),
                    Envelope.of(event),
                    Json.strict()
                            .readTree(Optional.ofNullable(event.getData())
                                    .orElseThrow()
                                    .toBytes()),
                    now);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        Waiting.until(() -> "the reader does not end", () -> !thread.isAlive());
    }
}
