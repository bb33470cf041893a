package io.snapledger.query.kafka;

import io.cloudevents.CloudEvent;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.OperationProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears how far long steps are: the whole progress topic, without a group, from its end. What is told while it does not
 * listen is lost, and nothing but a number on a page depends on it. One thread.
 */
public final class ProgressReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressReader.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration COUNT_AGAIN = Duration.ofSeconds(30);
    private static final Duration TO_CLOSE = Duration.ofSeconds(10);

    private final Map<String, Object> settings;
    private final String topic;
    private final LatestProgress latest;
    private final CountDownLatch closing = new CountDownLatch(1);
    private Optional<Consumer<byte[], byte[]>> open = Optional.empty();
    private Optional<Thread> thread = Optional.empty();

    private ProgressReader(Map<String, Object> kafka, String topic, LatestProgress latest) {
        this.settings = new HashMap<>(kafka);
        this.topic = topic;
        this.latest = latest;
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    }

    /** @param kafka how to reach the brokers: client settings by their own names */
    public static ProgressReader start(Map<String, Object> kafka, Topics topics, LatestProgress latest) {
        ProgressReader reader = new ProgressReader(kafka, topics.progress(), latest);
        reader.thread =
                Optional.of(Thread.ofPlatform().daemon().name("progress").start(reader::serve));
        return reader;
    }

    private void serve() {
        try {
            while (closing.getCount() > 0) {
                try {
                    read();
                } catch (WakeupException e) {
                    LOG.debug("woken to end");
                } catch (KafkaException e) {
                    LOG.warn("topic {} cannot be read, trying again", topic, e);
                    if (closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() throws InterruptedException {
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            opened(Optional.of(consumer));
            long countAgain = System.nanoTime();
            while (closing.getCount() > 0) {
                if (System.nanoTime() - countAgain >= 0) {
                    boolean any = assign(consumer);
                    countAgain = System.nanoTime() + (any ? COUNT_AGAIN : RETRY).toNanos();
                }
                if (consumer.assignment().isEmpty()) {
                    if (closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                    continue;
                }
                consumer.poll(POLL).forEach(this::hear);
            }
        } finally {
            opened(Optional.empty());
        }
    }

    private synchronized void opened(Optional<Consumer<byte[], byte[]>> consumer) {
        open = consumer;
    }

    /** Partitions that are new since the last look are read from their end too. */
    private boolean assign(Consumer<byte[], byte[]> consumer) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic);
        List<TopicPartition> all = partitions == null
                ? List.of()
                : partitions.stream()
                        .map(p -> new TopicPartition(p.topic(), p.partition()))
                        .toList();
        if (all.size() > consumer.assignment().size()) {
            List<TopicPartition> added =
                    all.stream().filter(p -> !consumer.assignment().contains(p)).toList();
            consumer.assign(all);
            consumer.seekToEnd(added);
        }
        return !all.isEmpty();
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        if (CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent event)
                && event.getType().equals(MessageNames.of(OperationProgress.class))
                && event.getData() != null) {
            try {
                latest.heard(Json.readStored(event.getData().toBytes(), OperationProgress.class));
            } catch (IllegalArgumentException | IllegalStateException e) {
                LOG.debug("record {} of {} tells no progress", record.offset(), topic, e);
            }
        }
    }

    @Override
    public void close() {
        closing.countDown();
        synchronized (this) {
            open.ifPresent(Consumer::wakeup);
        }
        try {
            if (thread.isPresent() && !thread.get().join(TO_CLOSE)) {
                LOG.warn("the reader of progress does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
