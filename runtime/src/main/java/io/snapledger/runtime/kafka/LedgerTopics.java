package io.snapledger.runtime.kafka;

import io.snapledger.schema.message.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes the topics of a ledger where they are missing. Those that are there stay as they are, partitions and settings. */
public final class LedgerTopics {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String AN_HOUR = "3600000";
    private static final String FOR_EVER = "-1";

    private LedgerTopics() {}

    /**
     * @param kafka how to reach the brokers
     * @param partitions how many each new topic gets; the brokers say how often each is replicated
     * @param largestMessage how many bytes a record may have
     * @throws IllegalStateException when one cannot be made
     */
    public static void create(Map<String, Object> kafka, Topics topics, int partitions, int largestMessage)
            throws InterruptedException {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put("default.api.timeout.ms", (int) DEADLINE.toMillis());
        try (Admin admin = Admin.create(config)) {
            Map<String, KafkaFuture<Void>> made = admin.createTopics(topics.all().stream()
                            .map(name -> new NewTopic(name, Optional.of(partitions), Optional.empty())
                                    .configs(settings(name, topics, largestMessage)))
                            .toList())
                    .values();
            for (Map.Entry<String, KafkaFuture<Void>> topic : made.entrySet()) {
                await(topic.getKey(), topic.getValue());
            }
        }
    }

    private static void await(String topic, KafkaFuture<Void> made) throws InterruptedException {
        try {
            made.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("topic " + topic + " cannot be made: " + e.getCause(), e);
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException("topic " + topic + " was not made within " + DEADLINE, e);
        }
    }

    /** Large commands must reach the intake to be refused with a reason; progress need not be kept for long. */
    private static Map<String, String> settings(String topic, Topics topics, int largestMessage) {
        return topic.equals(topics.progress())
                ? Map.of("retention.ms", AN_HOUR)
                : Map.of("max.message.bytes", Integer.toString(largestMessage), "retention.ms", FOR_EVER);
    }
}
