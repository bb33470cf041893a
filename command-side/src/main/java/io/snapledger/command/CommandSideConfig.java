package io.snapledger.command;

import io.snapledger.runtime.config.Settings;
import io.snapledger.runtime.health.HealthServer;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a command side must be told.
 *
 * @param largestMessage how many bytes a record of the topics may have; the {@code max.message.bytes} of the topics
 * @param partitions how many each topic gets that is missing when this process starts; without it the topics must be there
 * @param instance the name of the ledger, shared by all its command sides
 * @param member a name for this process in its group, the same after each start and no other's: it then gets its
 *     partitions back at once after a crash
 * @param silence after which a host that said nothing is asked again, and taken for silent
 * @param undoTime for how long a revert or a deletion can be taken back; with zero its commits and removals run at once
 * @param health where it says whether it goes on
 */
public record CommandSideConfig(
        String databaseUrl,
        int connections,
        KafkaAccess kafka,
        int largestMessage,
        Topics topics,
        Optional<Integer> partitions,
        String group,
        Optional<String> member,
        String instance,
        Duration silence,
        Duration undoTime,
        Optional<HealthServer.Address> health) {
    /** What Kafka's topics take unless they are told otherwise. */
    public static final int USUAL_MESSAGE = 1_048_588;

    private static final int LARGEST_MESSAGE = 16 << 20;

    /** @throws io.snapledger.runtime.config.SettingsException with every problem */
    public static CommandSideConfig from(Map<String, String> values) {
        return from(Settings.of(values));
    }

    /** As {@link #from(Map)}, with settings that may only be described. */
    public static CommandSideConfig from(Settings settings) {
        var database = settings.text("database.url")
                .about("the ledger's PostgreSQL: a JDBC address with the user in it")
                .required();
        var connections = settings.integer("database.connections", 4, 500)
                .about("the most connections to PostgreSQL")
                .orElse(20);
        var kafka = KafkaAccess.from(settings);
        var largest = settings.integer("kafka.largest.message", 1 << 18, LARGEST_MESSAGE)
                .about("how many bytes a record of the topics may have: their " + "max.message.bytes")
                .orElse(USUAL_MESSAGE);
        var prefix = settings.text("topic.prefix")
                .about("what the topics' names begin with")
                .orElse(Topics.DEFAULT.prefix());
        var partitions = settings.integer("topic.partitions", 1, 10_000)
                .about("how many partitions each topic gets that is missing at the start; "
                        + "without it the topics must be there")
                .optional();
        var group = settings.text("group")
                .about("the consumer group that the command sides of one ledger share")
                .orElse("snapledger-command-side");
        var member = settings.text("group.member")
                .about("a name of this process in its group, the same after each start and no "
                        + "other's: it gets its partitions back at once")
                .optional();
        var instance = settings.text("instance")
                .about("the name of the ledger, shared by all its command sides; "
                        + "/snapledger/NAME is the source of all that it says")
                .orElse("default");
        var silence = settings.duration("host.silence", Duration.ofSeconds(1), Duration.ofDays(1))
                .about("after it a host that said nothing is asked again, and taken for silent")
                .orElse(Duration.ofSeconds(60));
        var undo = settings.duration("undo.time", Duration.ZERO, Duration.ofDays(365))
                .about("for how long a revert or a deletion can be taken back; with 0s its "
                        + "commits and removals run at once")
                .orElse(Duration.ZERO);
        var health = HealthServer.Address.from(settings);
        settings.check();
        return new CommandSideConfig(
                database.get(),
                connections.get(),
                kafka.get(),
                largest.get(),
                new Topics(prefix.get()),
                partitions.get(),
                group.get(),
                member.get(),
                instance.get(),
                silence.get(),
                undo.get(),
                health.get());
    }
}
