package io.snapledger.standalone.cli;

import ch.qos.logback.classic.Level;
import io.cloudevents.CloudEvent;
import io.snapledger.runtime.evidence.Anchor;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.KafkaAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.LoggerFactory;

/**
 * All that Kafka has of a topic of events up to when it was opened: what is appended to the log later is not asked for.
 * For one thread.
 */
final class EventAnchors implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);

    private final KafkaAccess kafka;
    private final Deadline deadline;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    private EventAnchors(KafkaAccess kafka, Deadline deadline) {
        this.kafka = kafka;
        this.deadline = deadline;
        Map<String, Object> config = kafka.client();
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        config.put("allow.auto.create.topics", false);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** @throws OutOfReachException when Kafka does not answer, or has no such topic */
    static EventAnchors upToNow(KafkaAccess kafka, String topic, Deadline deadline) {
        if (LoggerFactory.getLogger("org.apache.kafka") instanceof ch.qos.logback.classic.Logger chatter) {
            chatter.setLevel(Level.ERROR);
        }
        try {
            EventAnchors anchors = new EventAnchors(kafka, deadline);
            try {
                anchors.standAtTheBeginning(topic);
                return anchors;
            } catch (RuntimeException e) {
                anchors.close();
                throw e;
            }
        } catch (KafkaException e) {
            throw OutOfReachException.kafka(kafka, e);
        }
    }

    private void standAtTheBeginning(String topic) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic, deadline.left());
        if (partitions == null || partitions.isEmpty()) {
            throw new OutOfReachException("Kafka at " + kafka.servers() + " has no topic " + topic
                    + "; is the service up, and is --topic-prefix right?");
        }
        List<TopicPartition> all = partitions.stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        ends.putAll(consumer.endOffsets(all, deadline.left()));
    }

    /** Read as they are consumed; once. */
    Stream<Anchor> stream() {
        return Stream.generate(this::next).takeWhile(some -> !some.isEmpty()).flatMap(List::stream);
    }

    /** Some more; none at the end. */
    private List<Anchor> next() {
        List<Anchor> some = new ArrayList<>();
        try {
            while (some.isEmpty() && !done()) {
                if (deadline.passed()) {
                    throw new OutOfReachException("the events could not be read to their end in time; give --timeout");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(deadline.left(POLL))) {
                    anchor(record).ifPresent(some::add);
                }
            }
            return some;
        } catch (KafkaException e) {
            throw OutOfReachException.kafka(kafka, e);
        }
    }

    private boolean done() {
        return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey(), deadline.left()) >= e.getValue());
    }

    /** A record that is no event of ours is nobody's anchor. */
    private Optional<Anchor> anchor(ConsumerRecord<byte[], byte[]> record) {
        return record.offset() < ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L)
                        && CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent event)
                        && event.getSubject() != null
                        && event.getExtension("ledgerhash") instanceof String hash
                ? AnchorFile.of(event.getSubject(), event.getId(), hash)
                : Optional.empty();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofMillis(500)));
    }
}
