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
 * What the query side is told when it starts; docs/configuration.md has every setting.
 *
 * @param listeners how many may listen to changes at once
 */
public record QuerySideConfig(String databaseUrl, Access access, Optional<Kafka> kafka, int listeners) {

    /** Where the brokers are reached first, and how the topics are named. */
    public record Kafka(KafkaAccess access, Topics topics) {}

    /** @throws io.snapledger.runtime.config.SettingsException with every problem, when there is one */
    public static QuerySideConfig from(Map<String, String> values) {
        return from(Settings.of(values));
    }

    /** As {@link #from(Map)}, with settings that may only be described. */
    public static QuerySideConfig from(Settings settings) {
        var url = settings.text("database.url")
                .about("the ledger's PostgreSQL: a JDBC address with the user in it")
                .required();
        var host = settings.text("http.host")
                .about("where to listen; another address than the loopback is for a network "
                        + "that is trusted, or for a token")
                .orElse("127.0.0.1");
        var port = settings.integer("http.port", 0, 65535)
                .about("where to listen; 0 picks a free one")
                .orElse(8080);
        var token = settings.secret("http.token")
                .about("what clients must show as a bearer token; none is asked for without it")
                .optional();
        var patience = settings.duration("http.wait", Duration.ofMillis(1), Duration.ofMinutes(5))
                .about("the longest that a request waits for a position")
                .orElse(Duration.ofSeconds(10));
        var listeners = settings.integer("http.streams", 0, 100_000)
                .about("how many may listen to changes at once")
                .orElse(1000);
        var origins = settings.list("http.origins")
                .about("whose pages may read the answers in a browser, such as " + "https://ops.example.org")
                .orElse(List.of());
        var servers = settings.text("kafka.servers")
                .about("where the brokers are reached first")
                .optional();
        var more = settings.properties("kafka.properties")
                .about("what Kafka's clients are told besides (TLS, SASL): a file such as "
                        + "Kafka's own tools take with --command-config")
                .orElse(Map.of());
        var prefix = settings.text("topic.prefix")
                .about("what the topics' names begin with")
                .orElse(Topics.DEFAULT.prefix());
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
