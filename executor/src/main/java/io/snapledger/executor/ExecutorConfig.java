package io.snapledger.executor;

import io.snapledger.executor.port.Deadlines;
import io.snapledger.runtime.config.Settings;
import io.snapledger.runtime.health.HealthServer;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.HostName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How an executor is set up.
 *
 * @param host the name that the host has in the ledger and by which its orders are keyed
 * @param storageRoots the folders in which images may lie
 * @param definitions the operator's launch definitions, {@code <name>.json} each
 * @param sockets the guests' sockets; private to the executor's user, with a short path
 * @param journal the executor's own memory; one executor at a time
 * @param jobSpeed the most bytes a second of each commit; 0 for as many as it can
 * @param backgroundMemory whether a live memory may be written in the background: an executor that is killed then leaves a
 *     guest that may have to be started anew
 * @param health where it says whether it goes on
 */
public record ExecutorConfig(
        HostName host,
        List<Path> storageRoots,
        Path definitions,
        Path sockets,
        Path journal,
        KafkaAccess kafka,
        Topics topics,
        Deadlines deadlines,
        long jobSpeed,
        boolean backgroundMemory,
        Optional<HealthServer.Address> health) {

    public ExecutorConfig {
        storageRoots = List.copyOf(storageRoots);
        if (storageRoots.isEmpty()) {
            throw new IllegalArgumentException("no storage root is given; name the folder of the images");
        }
    }

    /** A host whose folders all lie in one, as {@code up} lays them out. */
    public static ExecutorConfig in(Path data, HostName host, KafkaAccess kafka, Topics topics) {
        return new ExecutorConfig(
                host,
                List.of(data.resolve("images")),
                data.resolve("definitions"),
                data.resolve("sockets"),
                data.resolve("executor"),
                kafka,
                topics,
                Deadlines.DEFAULT,
                0,
                false,
                Optional.empty());
    }

    /**
     * Reads {@code kafka.servers} and {@code kafka.properties}, {@code host.name} and {@code data.folder}, which must be given, and what may be:
     * {@code storage.roots}, {@code definitions.folder}, {@code sockets.folder}, {@code journal.folder}, {@code
     * topic.prefix} and the deadlines {@code monitor.}, {@code memory.}, {@code job.}, {@code image.}, {@code start.},
     * {@code stop.deadline}, {@code agent.deadline} and {@code freeze.deadline}, and {@code
     * job.speed}, {@code memory.background}, {@code health.host} and {@code health.port}.
     *
     * @throws io.snapledger.runtime.config.SettingsException with every problem
     */
    public static ExecutorConfig from(Map<String, String> values) {
        Settings settings = Settings.of(values);
        var kafka = KafkaAccess.from(settings);
        var host = settings.text("host.name").required();
        var data = settings.path("data.folder").required();
        var roots = settings.list("storage.roots").optional();
        var definitions = settings.path("definitions.folder").optional();
        var sockets = settings.path("sockets.folder").optional();
        var journal = settings.path("journal.folder").optional();
        var prefix = settings.text("topic.prefix").orElse(Topics.DEFAULT.prefix());
        Duration least = Duration.ofMillis(100);
        Duration most = Duration.ofDays(2);
        var monitor = settings.duration("monitor.deadline", least, most).orElse(Deadlines.DEFAULT.monitorReply());
        var memory = settings.duration("memory.deadline", least, most).orElse(Deadlines.DEFAULT.memory());
        var job = settings.duration("job.deadline", least, most).orElse(Deadlines.DEFAULT.blockJob());
        var image = settings.duration("image.deadline", least, most).orElse(Deadlines.DEFAULT.imageTool());
        var start = settings.duration("start.deadline", least, most).orElse(Deadlines.DEFAULT.guestStart());
        var stop = settings.duration("stop.deadline", least, most).orElse(Deadlines.DEFAULT.guestStop());
        var agent = settings.duration("agent.deadline", least, most).orElse(Deadlines.DEFAULT.agentReply());
        var freeze = settings.duration("freeze.deadline", least, most).orElse(Deadlines.DEFAULT.freeze());
        var speed = settings.integer("job.speed", 0, Integer.MAX_VALUE).orElse(0);
        var background = settings.flag("memory.background").orElse(false);
        var health = HealthServer.Address.from(settings);
        settings.check();
        ExecutorConfig plain = in(data.get(), new HostName(host.get()), kafka.get(), new Topics(prefix.get()));
        return new ExecutorConfig(
                plain.host(),
                roots.get().map(paths -> paths.stream().map(Path::of).toList()).orElse(plain.storageRoots()),
                definitions.get().orElse(plain.definitions()),
                sockets.get().orElse(plain.sockets()),
                journal.get().orElse(plain.journal()),
                plain.kafka(),
                plain.topics(),
                new Deadlines(
                        monitor.get(),
                        memory.get(),
                        job.get(),
                        image.get(),
                        start.get(),
                        stop.get(),
                        agent.get(),
                        freeze.get()),
                speed.get(),
                background.get(),
                health.get());
    }
}
