package io.snapledger.runtime.kafka;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.health.Trouble;
import io.snapledger.runtime.intake.Offsets.LostRaceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics as a member of a consumer group, each partition in a lane of its own: batches of one partition are
 * handled one after the other, lanes run beside each other. Offsets are the handler's business, not Kafka's. While a
 * handler cannot go on, its lane fills up to its share of a bound, the partition is paused, and the consumer keeps polling, so that
 * nothing is rebalanced for it.
 */
public final class TopicReader implements Pulse, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
    /** The brokers give a member up after six. */
    private static final double SILENT_SECONDS = 8;

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final int LANE_RECORDS = 2_000;
    private static final long ALL_LANES_BYTES = 64L << 20;
    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 8L << 20;

    private final Handler handler;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Lane> lanes = new HashMap<>();
    private final ConcurrentLinkedQueue<Runnable> actions = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Trouble reading = new Trouble();
    private final Map<TopicPartition, Trouble> handling = new ConcurrentHashMap<>();
    private volatile boolean joined;
    private volatile boolean closed;

    /** What one lane may hold: the more partitions, the less, so that an outage fills no heap. */
    private volatile long laneBytes = ALL_LANES_BYTES;

    /** What is done with records. Called by one thread at a time for each partition. */
    public interface Handler {
        /** The offset at which to begin, from wherever the handler keeps it. */
        long next(TopicPartition partition) throws Exception;

        /**
         * Handles records and moves the handler's offset from {@code from} to {@code to} with their effects. An
         * exception means that nothing happened; the same records come again after a pause.
         *
         * @throws LostRaceException when someone else has moved the offset; the lane begins anew
         */
        void handle(TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> records)
                throws Exception;
    }

    public TopicReader(Map<String, Object> kafka, String group, List<String> topics, Handler handler) {
        this.handler = handler;
        Map<String, Object> config = new HashMap<>(kafka);
        config.put("group.id", group);
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        config.put("isolation.level", "read_committed");
        config.put("max.poll.records", BATCH_RECORDS);
        config.put("reconnect.backoff.max.ms", 1_000);
        // A member that was killed is missed for no longer than a broker allows by default.
        config.put("session.timeout.ms", 6_000);
        config.put("heartbeat.interval.ms", 1_500);
        config.put("metadata.max.age.ms", 30_000);
        this.consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(topics, new Rebalance());
        Thread.ofPlatform().name("intake-" + group).start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    for (Runnable action = actions.poll(); action != null; action = actions.poll()) {
                        action.run();
                    }
                    var records = consumer.poll(POLL);
                    reading.over();
                    for (TopicPartition partition : records.partitions()) {
                        Lane lane = lanes.get(partition);
                        if (lane != null && lane.offer(records.records(partition))) {
                            consumer.pause(List.of(partition));
                        }
                    }
                } catch (WakeupException e) {
                    LOG.trace("woken", e);
                } catch (RuntimeException e) {
                    reading.note(e);
                    LOG.warn("Kafka cannot be read for now", e);
                }
            }
        } finally {
            lanes.values().forEach(Lane::end);
            try {
                consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
            } catch (RuntimeException e) {
                LOG.warn("the consumer could not be closed in order", e);
            }
            ended.complete(null);
        }
    }

    /** Why nothing is read or handled: the brokers are away, this member is in no group, or a handler cannot go on. */
    @Override
    public Optional<String> trouble() {
        if (!joined) {
            return Optional.of("has not joined its group yet");
        }
        double silent = consumer.metrics().entrySet().stream()
                .filter(m -> m.getKey().name().equals("last-heartbeat-seconds-ago"))
                .mapToDouble(m -> ((Number) m.getValue().metricValue()).doubleValue())
                .max()
                .orElse(0);
        if (silent > SILENT_SECONDS) {
            return Optional.of("has had no heartbeat with the brokers for " + Math.round(silent) + " s");
        }
        return Stream.concat(Stream.of(reading), handling.values().stream())
                .flatMap(t -> t.trouble().stream())
                .findFirst();
    }

    /** What Kafka's client measures of itself. */
    public MeterBinder metrics() {
        return new KafkaClientMetrics(consumer);
    }

    private void inLoop(Runnable action) {
        actions.add(action);
        consumer.wakeup();
    }

    private final class Rebalance implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            joined = true;
            consumer.pause(partitions);
            for (TopicPartition partition : partitions) {
                Lane lane = new Lane(partition);
                lanes.put(partition, lane);
                Thread.ofVirtual().name("lane-" + partition).start(lane::work);
            }
            laneBytes = ALL_LANES_BYTES / Math.max(2, lanes.size());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                Lane lane = lanes.remove(partition);
                handling.remove(partition);
                if (lane != null) {
                    lane.end();
                }
            }
            laneBytes = ALL_LANES_BYTES / Math.max(2, lanes.size());
        }
    }

    /** One partition's records on their way to the handler. */
    private final class Lane {
        private final TopicPartition partition;
        private final ArrayDeque<ConsumerRecord<byte[], byte[]>> queue = new ArrayDeque<>();
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long bytes;
        private boolean paused = true;
        /** Until the consumer stands where the lane begins: what it still brings from elsewhere would leave a gap. */
        private boolean deaf = true;

        private boolean over;

        Lane(TopicPartition partition) {
            this.partition = partition;
        }

        /** Takes records in; true when the lane is full now. */
        boolean offer(List<ConsumerRecord<byte[], byte[]>> records) {
            lock.lock();
            try {
                if (deaf) {
                    return false;
                }
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    queue.add(record);
                    bytes += size(record);
                }
                changed.signalAll();
                paused = paused || queue.size() >= LANE_RECORDS || bytes >= laneBytes;
                return paused;
            } finally {
                lock.unlock();
            }
        }

        void end() {
            lock.lock();
            try {
                over = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void work() {
            while (!isOver()) {
                Long next = begin();
                if (next != null) {
                    follow(next);
                }
            }
        }

        /** Asks where to begin and points the consumer there; null when the lane is over. */
        private @org.jspecify.annotations.Nullable Long begin() {
            Duration pause = SHORTEST_PAUSE;
            clear();
            while (!isOver()) {
                try {
                    long next = handler.next(partition);
                    inLoop(() -> seek(next));
                    goesOn();
                    return next;
                } catch (Exception e) {
                    fails(e);
                    LOG.warn("{}: where to begin cannot be told for now", partition, e);
                    pause = await(pause);
                }
            }
            return null;
        }

        /**
         * Hands records over, batch by batch. A batch that fails comes again as a smaller one, down to a single record:
         * one that takes too long for a transaction must not be tried whole for ever. After a success they grow again.
         */
        private void follow(long begin) {
            long next = begin;
            int most = BATCH_RECORDS;
            Duration pause = SHORTEST_PAUSE;
            List<ConsumerRecord<byte[], byte[]>> taken = take(next);
            while (!taken.isEmpty()) {
                var batch = List.copyOf(taken.subList(0, Math.min(most, taken.size())));
                long to = batch.getLast().offset() + 1;
                try {
                    handler.handle(partition, next, to, batch);
                    goesOn();
                    next = to;
                    pause = SHORTEST_PAUSE;
                    most = Math.min(BATCH_RECORDS, most * 2);
                    taken = batch.size() == taken.size() ? take(next) : taken.subList(batch.size(), taken.size());
                } catch (LostRaceException e) {
                    LOG.info("{}: another has moved the offset, beginning anew: {}", partition, e.getMessage());
                    await(SHORTEST_PAUSE);
                    return;
                } catch (Exception e) {
                    fails(e);
                    LOG.warn(
                            "{}: {} records from offset {} cannot be handled for now",
                            partition,
                            batch.size(),
                            next,
                            e);
                    most = Math.max(1, batch.size() / 2);
                    pause = await(pause);
                    if (isOver()) {
                        return;
                    }
                }
            }
        }

        private void goesOn() {
            Optional.ofNullable(handling.get(partition)).ifPresent(Trouble::over);
        }

        private void fails(Exception e) {
            if (!isOver()) {
                handling.computeIfAbsent(partition, _ -> new Trouble()).note(partition + ": " + e.getMessage());
            }
        }

        /** Waits for records at or after the offset; empty when the lane is over. */
        private List<ConsumerRecord<byte[], byte[]>> take(long from) {
            List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
            lock.lock();
            try {
                while (batch.isEmpty() && !over) {
                    long taken = 0;
                    while (!queue.isEmpty() && batch.size() < BATCH_RECORDS && taken < BATCH_BYTES) {
                        ConsumerRecord<byte[], byte[]> record = queue.remove();
                        taken += size(record);
                        if (record.offset() >= from) {
                            batch.add(record);
                        }
                    }
                    bytes -= taken;
                    resumeWhenEmptier();
                    if (batch.isEmpty()) {
                        changed.await();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                over = true;
            } finally {
                lock.unlock();
            }
            return batch;
        }

        private void resumeWhenEmptier() {
            if (paused && queue.size() < LANE_RECORDS / 2 && bytes < laneBytes / 2) {
                paused = false;
                inLoop(() -> resume());
            }
        }

        private void seek(long next) {
            if (lanes.get(partition) == this) {
                consumer.seek(partition, next);
                listen();
                consumer.resume(List.of(partition));
            }
        }

        private void resume() {
            if (lanes.get(partition) == this) {
                consumer.resume(List.of(partition));
            }
        }

        private void clear() {
            lock.lock();
            try {
                queue.clear();
                bytes = 0;
                paused = false;
                deaf = true;
            } finally {
                lock.unlock();
            }
        }

        private void listen() {
            lock.lock();
            try {
                deaf = false;
            } finally {
                lock.unlock();
            }
        }

        private boolean isOver() {
            lock.lock();
            try {
                return over;
            } finally {
                lock.unlock();
            }
        }

        /** Pauses, and tells how long to pause the next time. */
        private Duration await(Duration pause) {
            lock.lock();
            try {
                long left = pause.toNanos();
                while (left > 0 && !over) {
                    left = changed.awaitNanos(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                over = true;
            } finally {
                lock.unlock();
            }
            Duration longer = pause.multipliedBy(2);
            return longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
        }
    }

    private static long size(ConsumerRecord<byte[], byte[]> record) {
        return 100L + Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            ended.get(15, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the consumer did not stop in time", e);
        }
    }
}
