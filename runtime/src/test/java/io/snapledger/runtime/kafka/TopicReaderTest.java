package io.snapledger.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.servers.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TopicReaderTest {
    private static final Map<String, Object> KAFKA =
            Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers());

    private final String topic = TestServers.freshTopic(1);
    private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

    @Test
    void a_batch_that_is_too_much_comes_in_smaller_ones_and_in_order() throws Exception {
        List<String> sent = IntStream.range(0, 300).mapToObj(i -> "r" + i).toList();
        send(sent);

        try (var _ = new TopicReader(KAFKA, topic, List.of(topic), atMost(7))) {
            assertThat(take(sent.size())).isEqualTo(sent);
        }
    }

    private TopicReader.Handler atMost(int records) {
        return new TopicReader.Handler() {
            @Override
            public long next(TopicPartition partition) {
                return 0;
            }

            @Override
            public void handle(
                    TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> batch) {
                if (batch.size() > records) {
                    throw new IllegalStateException("too many for one transaction: " + batch.size());
                }
                batch.forEach(record -> handled.add(new String(record.value(), StandardCharsets.UTF_8)));
            }
        };
    }

    private void send(List<String> values) {
        try (TopicWriter writer = TopicWriter.plain(KAFKA)) {
            writer.write(values.stream()
                    .map(v -> new ProducerRecord<byte[], byte[]>(topic, v.getBytes(StandardCharsets.UTF_8)))
                    .toList());
        }
    }

    private List<String> take(int count) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (String next = poll(); next != null; next = poll()) {
            taken.add(next);
            if (taken.size() == count) {
                break;
            }
        }
        return taken;
    }

    private @org.jspecify.annotations.Nullable String poll() throws InterruptedException {
        return handled.poll(20, TimeUnit.SECONDS);
    }
}
