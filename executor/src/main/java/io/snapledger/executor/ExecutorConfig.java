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
     * Reads what docs/configuration.md lists.
     *
     * @throws io.snapledger.runtime.config.SettingsException with every problem
     */
    public static ExecutorConfig from(Map<String, String> values) {
        return from(Settings.of(values));
    }

    /** As {@link #from(Map)}, with settings that may only be described. */
    public static ExecutorConfig from(Settings settings) {
        var kafka = KafkaAccess.from(settings);
        var host = settings.text("host.name")
                .about("the host's name in the ledger, by which its orders are keyed")
                .required();
        var data = settings.path("data.folder")
                .about("the folder of this host's data")
                .required();
        var roots = settings.list("storage.roots")
                .about("the folders in which images may lie; DATA/images without it")
                .optional();
        var definitions = settings.path("definitions.folder")
                .about("the launch definitions of the operator; DATA/definitions without it")
                .optional();
        var sockets = settings.path("sockets.folder")
                .about("the guests' sockets, with a short path; DATA/sockets without it")
                .optional();
        var journal = settings.path("journal.folder")
                .about("the executor's own memory; DATA/executor without it")
                .optional();
        var prefix = settings.text("topic.prefix")
                .about("what the topics' names begin with")
                .orElse(Topics.DEFAULT.prefix());
        Duration least = Duration.ofMillis(100);
        Duration most = Duration.ofDays(2);
        var monitor = settings.duration("monitor.deadline", least, most)
                .about("for each answer of a guest's monitor")
                .orElse(Deadlines.DEFAULT.monitorReply());
        var memory = settings.duration("memory.deadline", least, most)
                .about("for writing or reading a memory")
                .orElse(Deadlines.DEFAULT.memory());
        var job = settings.duration("job.deadline", least, most)
                .about("for a commit or a stream of a running guest")
                .orElse(Deadlines.DEFAULT.blockJob());
        var image = settings.duration("image.deadline", least, most)
                .about("for each run of qemu-img")
                .orElse(Deadlines.DEFAULT.imageTool());
        var start = settings.duration("start.deadline", least, most)
                .about("for a guest to start")
                .orElse(Deadlines.DEFAULT.guestStart());
        var stop = settings.duration("stop.deadline", least, most)
                .about("for a guest to stop")
                .orElse(Deadlines.DEFAULT.guestStop());
        var agent = settings.duration("agent.deadline", least, most)
                .about("for each answer of a guest agent")
                .orElse(Deadlines.DEFAULT.agentReply());
        var freeze = settings.duration("freeze.deadline", least, most)
                .about("for file systems to be frozen; they are thawed after it whatever " + "happens")
                .orElse(Deadlines.DEFAULT.freeze());
        var speed = settings.integer("job.speed", 0, Integer.MAX_VALUE)
                .about("the most bytes a second of each commit; 0 for as many as it can")
                .orElse(0);
        var background = settings.flag("memory.background")
                .about("whether a live memory may be written in the background: an executor "
                        + "that is killed then leaves a guest that may have to be started anew")
                .orElse(false);
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
