package io.snapledger.executor.kafka;

import io.cloudevents.kafka.KafkaMessageFactory;
import io.snapledger.executor.run.Onlooker;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on the progress topic how far long steps are: the latest of each operation, a few times a second, and nothing
 * while there is nothing new. It has a thread and a producer of its own, so that a broker that does not answer holds up
 * nothing but this. What does not arrive is lost.
 */
public final class ProgressTopic implements Onlooker, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ProgressTopic.class);
    private static final Duration PACE = Duration.ofMillis(300);
    private static final int MAX_BLOCK_MILLIS = 1_000;
    private static final int MAX_DELIVERY_MILLIS = 2_000;

    private final HostName host;
    private final String topic;
    private final String source;
    private final Producer<String, byte[]> producer;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());

    private final Map<OperationId, OperationProgress> latest = new LinkedHashMap<>();
    private boolean planned;
    private long lastSent = System.nanoTime() - PACE.toNanos();

    private ProgressTopic(HostName host, String topic, Producer<String, byte[]> producer) {
        this.host = host;
        this.topic = topic;
        this.source = Reports.source(host);
        this.producer = producer;
    }

    /** @param kafka how to reach the brokers: client settings by their own names */
    public static ProgressTopic open(Map<String, Object> kafka, Topics topics, HostName host) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "1");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        settings.put(ProducerConfig.RETRIES_CONFIG, 0);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, MAX_DELIVERY_MILLIS);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, MAX_DELIVERY_MILLIS);
        return new ProgressTopic(
                host,
                topics.progress(),
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer()));
    }

    @Override
    public synchronized void reached(OperationProgress progress) {
        latest.put(progress.operation(), progress);
        if (!planned && !clock.isShutdown()) {
            planned = true;
            long due = Math.max(0, lastSent + PACE.toNanos() - System.nanoTime());
            var _ = clock.schedule(this::sendAll, due, TimeUnit.NANOSECONDS);
        }
    }

    private void sendAll() {
        due().forEach(this::send);
    }

    private synchronized List<OperationProgress> due() {
        List<OperationProgress> all = List.copyOf(latest.values());
        latest.clear();
        planned = false;
        lastSent = System.nanoTime();
        return all;
    }

    private void send(OperationProgress progress) {
        Envelope envelope = Envelope.of(
                UUID.randomUUID().toString(),
                source,
                MessageNames.of(OperationProgress.class),
                progress.domain().toString());
        ProducerRecord<String, byte[]> record = KafkaMessageFactory.<String>createWriter(topic, host.value())
                .writeBinary(envelope.at(progress.at()).around(Json.write(progress)));
        try {
            var _ = producer.send(record, (_, error) -> {
                if (error != null) {
                    log.debug("progress of {} is lost", progress.operation(), error);
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            log.debug("progress of {} is lost", progress.operation(), e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        producer.close(Duration.ofSeconds(1));
    }
}
