package io.snapledger.servers;

import java.util.Map;
import java.util.Set;

/** How our one Kafka node is set, in a process of ours as in a container of the tests. */
public final class KafkaSettings {
    private static final String LARGEST_MESSAGE = Integer.toString(16 * 1024 * 1024);

    /** Wherever it runs; where it listens and what it stores is not among them. */
    public static final Map<String, String> COMMON = Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", "1"),
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("message.max.bytes", LARGEST_MESSAGE),
            Map.entry("replica.fetch.max.bytes", LARGEST_MESSAGE),

            // The inner topics have one copy, as there is one node.
            Map.entry("offsets.topic.num.partitions", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("share.coordinator.state.topic.min.isr", "1"),
            Map.entry("share.coordinator.state.topic.num.partitions", "1"),
            Map.entry("share.coordinator.state.topic.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("transaction.state.log.num.partitions", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),

            // A node that was killed must not wait nine seconds for its own earlier session to end.
            Map.entry("broker.heartbeat.interval.ms", "500"),
            Map.entry("broker.session.timeout.ms", "2000"),

            // A small process beside others.
            Map.entry("background.threads", "2"),
            Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(2 * 1024 * 1024)),
            Map.entry("num.io.threads", "2"),
            Map.entry("num.network.threads", "2"));

    private static final Set<String> LISTS =
            Set.of("listeners", "advertised.listeners", "listener.security.protocol.map");

    private KafkaSettings() {}

    /** Adds what comes beside, or instead of, what was set: listeners come beside. */
    public static void add(Map<String, String> settings, Map<String, String> more) {
        more.forEach((key, value) ->
                settings.merge(key, value, (before, now) -> LISTS.contains(key) ? both(before, now) : now));
    }

    static String both(String first, String second) {
        return first + "," + second;
    }
}
