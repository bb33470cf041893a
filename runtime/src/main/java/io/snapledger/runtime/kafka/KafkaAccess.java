package io.snapledger.runtime.kafka;

import io.snapledger.runtime.config.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * How the brokers are reached.
 *
 * @param servers where first
 * @param more what Kafka's clients are told besides, by their own names: TLS and SASL. It may hold secrets
 */
public record KafkaAccess(String servers, Map<String, String> more) {
    public KafkaAccess {
        more = Map.copyOf(more);
    }

    /** Brokers that ask nobody who they are. */
    public static KafkaAccess plain(String servers) {
        return new KafkaAccess(servers, Map.of());
    }

    /**
     * {@code kafka.servers}, and {@code kafka.properties}: a file such as Kafka's own tools take ({@code --command-config}).
     *
     * @param settings gets a problem for each that is missing or cannot be read
     */
    public static Supplier<KafkaAccess> from(Settings settings) {
        var servers = settings.text("kafka.servers")
                .about("where the brokers are reached first")
                .required();
        var more = settings.properties("kafka.properties")
                .about("what Kafka's clients are told besides (TLS, SASL): a file such as "
                        + "Kafka's own tools take with --command-config")
                .orElse(Map.of());
        return () -> new KafkaAccess(servers.get(), more.get());
    }

    /** What a client is made with; what a part sets itself comes after it, and wins. */
    public Map<String, Object> client() {
        Map<String, Object> client = new HashMap<>(more);
        client.put("bootstrap.servers", servers);
        return client;
    }

    @Override
    public String toString() {
        return "KafkaAccess[servers=" + servers + ", more=" + new TreeMap<>(more).keySet() + "]";
    }
}
