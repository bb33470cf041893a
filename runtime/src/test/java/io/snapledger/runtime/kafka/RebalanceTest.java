package io.snapledger.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.runtime.intake.Offsets.LostRaceException;
import io.snapledger.servers.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A member joins while another is in the middle of its batches; each record takes effect once and in order. */
class RebalanceTest {
    private static final Map<String, Object> KAFKA =
            Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers());
    private static final int PARTITIONS = 4;
    private static final int RECORDS = 400;

    private final String topic = TestServers.freshTopic(PARTITIONS);
    private final Map<Integer, List<String>> applied = new ConcurrentHashMap<>();

    /** What PostgreSQL does for the real one: the offset and the effects move together, or not at all. */
    private synchronized void apply(int partition, long from, List<ConsumerRecord<byte[], byte[]>> batch)
            throws LostRaceException {
        List<String> sofar = applied.computeIfAbsent(partition, _ -> new ArrayList<>());
        if (sofar.size() != from) {
            throw new LostRaceException("partition " + partition + " is at " + sofar.size() + ", not at " + from);
        }
        batch.forEach(r -> sofar.add(new String(r.value(), StandardCharsets.UTF_8)));
    }

    private synchronized int count(int partition) {
        return applied.getOrDefault(partition, List.of()).size();
    }

    private TopicReader member(CountDownLatch begun, CountDownLatch released) {
        return new TopicReader(KAFKA, topic, List.of(topic), new TopicReader.Handler() {
            @Override
            public long next(TopicPartition partition) {
                return count(partition.partition());
            }

            @Override
            public void handle(TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> batch)
                    throws Exception {
                begun.countDown();
                if (!released.await(30, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("never released");
                }
                apply(partition.partition(), from, batch);
            }
        });
    }

    @Test
    void what_a_member_has_in_hand_when_it_loses_its_partition_takes_effect_once() throws Exception {
        send();
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(PARTITIONS);
        try (var _ = member(all, released)) {
            assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
            try (var _ = member(new CountDownLatch(1), new CountDownLatch(0))) {
                await("the second member has taken partitions over", () -> handled() > 0);
                released.countDown();

                await("all is handled", () -> handled() == PARTITIONS * RECORDS);
            }
        }
        for (int partition = 0; partition < PARTITIONS; partition++) {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                expected.add(partition + "-" + i);
            }
            assertThat(applied.get(partition)).isEqualTo(expected);
        }
    }

    private int handled() {
        int sum = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            sum += count(partition);
        }
        return sum;
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not so in time: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private void send() {
        try (TopicWriter writer = TopicWriter.plain(KAFKA)) {
            List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    records.add(new ProducerRecord<>(
                            topic, partition, null, (partition + "-" + i).getBytes(StandardCharsets.UTF_8)));
                }
            }
            writer.write(records);
        }
    }
}
