package io.snapledger.servers;

import java.util.Map;

/** A Kafka in which topics can be made, whoever runs it. */
public interface Broker {
    /** What clients are told as {@code bootstrap.servers}. */
    String bootstrapServers();

    /** Makes a topic with some settings of its own; one that exists stays as it is. */
    void topic(String name, int partitions, Map<String, String> settings);

    /** Makes a topic with Kafka's own settings; one that exists stays as it is. */
    default void topic(String name, int partitions) {
        topic(name, partitions, Map.of());
    }
}
