package io.snapledger.runtime.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes records, all of a batch or none. With a transactional id a newer writer of the same id fences this one; after
 * any failure the producer is thrown away and made anew by the next batch. For one thread at a time.
 */
public final class TopicWriter implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Map<String, Object> config;
    private final boolean transactional;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    private TopicWriter(Map<String, Object> config, boolean transactional) {
        this.config = config;
        this.transactional = transactional;
    }

    /** A writer whose batches are transactions, and that fences every former writer of the same id. */
    public static TopicWriter transactional(Map<String, Object> kafka, String id) {
        Map<String, Object> config = common(kafka);
        config.put("transactional.id", id);
        config.put("transaction.timeout.ms", (int) DEADLINE.toMillis());
        return new TopicWriter(config, true);
    }

    /** A writer without transactions: a batch that fails may have been written in part. */
    public static TopicWriter plain(Map<String, Object> kafka) {
        return new TopicWriter(common(kafka), false);
    }

    private static Map<String, Object> common(Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("linger.ms", 0);
        config.put("max.request.size", 16 << 20);
        config.put("delivery.timeout.ms", (int) DEADLINE.toMillis());
        config.put("request.timeout.ms", 5_000);
        config.put("max.block.ms", DEADLINE.toMillis());
        config.put("reconnect.backoff.max.ms", 1_000);
        return config;
    }

    /**
     * Writes a batch and waits until Kafka has it.
     *
     * @throws KafkaException when it has not, or nobody knows
     */
    public void write(List<ProducerRecord<byte[], byte[]>> records) {
        try {
            KafkaProducer<byte[], byte[]> open = open();
            if (transactional) {
                open.beginTransaction();
            }
            List<Future<?>> sent = new ArrayList<>(records.size());
            for (ProducerRecord<byte[], byte[]> record : records) {
                sent.add(open.send(record));
            }
            if (transactional) {
                open.commitTransaction();
            } else {
                open.flush();
            }
            for (Future<?> one : sent) {
                one.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new KafkaException("a batch of " + records.size() + " records was not written", e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing " + records.size() + " records", e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private KafkaProducer<byte[], byte[]> open() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open == null) {
            open = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
            producer = open;
            if (transactional) {
                open.initTransactions();
            }
        }
        return open;
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }
}
