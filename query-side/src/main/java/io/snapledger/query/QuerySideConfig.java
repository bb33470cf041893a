package io.snapledger.query;

import io.snapledger.query.http.QueryServer.Access;
import io.snapledger.query.http.Streaming;
import io.snapledger.runtime.config.Secret;
import io.snapledger.runtime.config.Settings;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the query side is told when it starts.
 *
 * <ul>
 *   <li>{@code database.url}: the ledger's PostgreSQL, a JDBC address with the user in it
 *   <li>{@code kafka.servers}: where it is heard how far long steps are; that is not shown unless told
 *   <li>{@code kafka.properties}: what Kafka's clients are told besides, in a file as Kafka's own tools take it
 *   <li>{@code topic.prefix}: what the topics' names begin with; {@code snapledger.} unless told
 *   <li>{@code http.host}: where to listen; the loopback address unless told
 *   <li>{@code http.port}: 8080 unless told; 0 picks a free one
 *   <li>{@code http.token}: what clients must show as a bearer token; none is asked for unless told
 *   <li>{@code http.wait}: the longest that a request waits for a position; 10 seconds unless told
 *   <li>{@code http.origins}: whose pages may read the answers in a browser, such as {@code https://ops.example.org}, with
 *       commas between; none but our own unless told
 *   <li>{@code http.streams}: how many may listen to changes at once; 1000 unless told
 * </ul>
 */
public record QuerySideConfig(String databaseUrl, Access access, Optional<Kafka> kafka, int listeners) {

    /** Where the brokers are reached first, and how the topics are named. */
    public record Kafka(KafkaAccess access, Topics topics) {}

    /** @throws io.snapledger.runtime.config.SettingsException with every problem, when there is one */
    public static QuerySideConfig from(Map<String, String> values) {
        var settings = Settings.of(values);
        var url = settings.text("database.url").required();
        var host = settings.text("http.host").orElse("127.0.0.1");
        var port = settings.integer("http.port", 0, 65535).orElse(8080);
        var token = settings.secret("http.token").optional();
        var patience = settings.duration("http.wait", Duration.ofMillis(1), Duration.ofMinutes(5))
                .orElse(Duration.ofSeconds(10));
        var listeners = settings.integer("http.streams", 0, 100_000).orElse(1000);
        var origins = settings.list("http.origins").orElse(List.of());
        var servers = settings.text("kafka.servers").optional();
        var more = settings.properties("kafka.properties").orElse(Map.of());
        var prefix = settings.text("topic.prefix").orElse(Topics.DEFAULT.prefix());
        settings.check();
        return new QuerySideConfig(
                url.get(),
                new Access(
                        host.get(),
                        port.get(),
                        token.get().map(Secret::value),
                        patience.get(),
                        Set.copyOf(origins.get()),
                        Streaming.USUAL),
                servers.get().map(s -> new Kafka(new KafkaAccess(s, more.get()), new Topics(prefix.get()))),
                listeners.get());
    }
}
