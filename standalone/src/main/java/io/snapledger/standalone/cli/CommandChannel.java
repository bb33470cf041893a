package io.snapledger.standalone.cli;

import ch.qos.logback.classic.Level;
import io.cloudevents.CloudEvent;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.LoggerFactory;

/**
 * Sends one command at a time and hears its replies. It stands at the end of the replies before it sends, so that no
 * reply can pass unheard. For one thread.
 */
final class CommandChannel implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaAccess kafka;
    private final Topics topics;
    private final Deadline deadline;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ArrayDeque<Heard> heard = new ArrayDeque<>();

    /** A reply to our command, as it came and as what it means. */
    record Heard(CloudEvent event, Envelope envelope, Reply reply) {}

    /** Called again and again while there is nothing to hear. */
    @FunctionalInterface
    interface Waiting {
        void still();
    }

    private CommandChannel(KafkaAccess kafka, Topics topics, Deadline deadline) {
        this.kafka = kafka;
        this.topics = topics;
        this.deadline = deadline;
        Map<String, Object> config = kafka.client();
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        config.put("allow.auto.create.topics", false);
        config.put("reconnect.backoff.max.ms", 500);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Stands at the end of the replies. */
    static CommandChannel open(KafkaAccess kafka, Topics topics, Deadline deadline) {
        if (LoggerFactory.getLogger("org.apache.kafka") instanceof ch.qos.logback.classic.Logger chatter) {
            chatter.setLevel(Level.ERROR);
        }
        try {
            CommandChannel channel = new CommandChannel(kafka, topics, deadline);
            try {
                channel.standAtTheEnd();
                return channel;
            } catch (RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (KafkaException e) {
            throw OutOfReachException.kafka(kafka, e);
        }
    }

    private void standAtTheEnd() {
        List<PartitionInfo> partitions = consumer.partitionsFor(topics.replies(), deadline.left());
        if (partitions == null || partitions.isEmpty()) {
            throw new OutOfReachException("Kafka at " + kafka.servers() + " has no topic " + topics.replies()
                    + "; is the service up, and is --topic-prefix right?");
        }
        List<TopicPartition> all = partitions.stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToEnd(all);
        all.forEach(p -> consumer.position(p, deadline.left()));
    }

    /** Returns when Kafka has the command. */
    void send(Envelope command, String key, String json) {
        long left = deadline.left().toMillis();
        Map<String, Object> config = kafka.client();
        config.put("acks", "all");
        config.put("linger.ms", 0);
        config.put("max.block.ms", left);
        config.put("request.timeout.ms", (int) Math.min(left, 5_000));
        config.put("delivery.timeout.ms", (int) Math.min(Math.max(left, 1), Integer.MAX_VALUE));
        config.put("reconnect.backoff.max.ms", 500);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(CloudEvents.write(topics.commands(), key, command.around(json)))
                    .get(left, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw OutOfReachException.kafka(kafka, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutOfReachException("interrupted while sending", e);
        }
    }

    /** The next reply to a command; empty when the deadline passes first. */
    Optional<Heard> next(Envelope command, Waiting waiting) {
        try {
            while (heard.isEmpty() && !deadline.passed()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(deadline.left(POLL))) {
                    hear(record, command);
                }
                waiting.still();
            }
            return Optional.ofNullable(heard.poll());
        } catch (KafkaException e) {
            throw OutOfReachException.kafka(kafka, e);
        }
    }

    private void hear(ConsumerRecord<byte[], byte[]> record, Envelope command) {
        if (!(CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent event))) {
            return;
        }
        Envelope envelope = Envelope.of(event);
        if (envelope.correlationId().equals(Optional.of(command.id()))
                && envelope.correlationSource().equals(Optional.of(command.source()))
                && event.getData() != null) {
            MessageNames.record(envelope.type())
                    .filter(Reply.class::isAssignableFrom)
                    .map(type -> (Reply) Json.readStored(event.getData().toBytes(), type))
                    .ifPresent(reply -> heard.add(new Heard(event, envelope, reply)));
        }
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofMillis(500)));
    }
}
