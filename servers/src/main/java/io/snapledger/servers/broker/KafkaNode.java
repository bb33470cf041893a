package io.snapledger.servers.broker;

import io.snapledger.servers.KafkaSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * One Kafka node, broker and controller at once, that keeps its data in a folder. It ends in order on SIGTERM, and, when
 * tied to its owner, as soon as its input ends.
 */
public final class KafkaNode {
    private static final int NODE = 1;

    private KafkaNode() {}

    /**
     * Runs until stopped.
     *
     * @param arguments the folder, the port for clients, the port of the controller, {@code tied} or {@code free}, and
     *     a file of settings that come beside ours
     */
    public static void main(String[] arguments) throws Exception {
        var folder = Path.of(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        int controllerPort = Integer.parseInt(arguments[2]);

        if (arguments[3].equals("tied")) {
            Thread.ofPlatform().name("owner").daemon().start(KafkaNode::endWithOwner);
        }
        var data = folder.resolve("data");
        format(data);
        var settings = settings(data, port, controllerPort);
        KafkaSettings.add(settings, read(Path.of(arguments[4])));
        var server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            server.shutdown();
            server.awaitShutdown();
        }));
        server.startup();
        sayReady(folder);
        server.awaitShutdown();
    }

    private static void format(Path data) throws Exception {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(data);
        new Formatter()
                .setNodeId(NODE)
                .setClusterId(Uuid.randomUuid().toString())
                .addDirectory(data.toString())
                .setMetadataLogDirectory(data.toString())
                .setControllerListenerName("CONTROLLER")
                .run();
    }

    private static Map<String, String> settings(Path data, int port, int controllerPort) {
        var settings = new HashMap<>(KafkaSettings.COMMON);
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
        settings.put("log.dirs", data.toString());
        return settings;
    }

    private static Map<String, String> read(Path file) throws IOException {
        var properties = new Properties();
        try (var in = Files.newInputStream(file)) {
            properties.load(in);
        }
        var settings = new HashMap<String, String>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }

    private static void sayReady(Path folder) throws IOException {
        var text = Long.toString(ProcessHandle.current().pid());
        var beside = Files.writeString(folder.resolve("kafka.ready.new"), text);
        Files.move(beside, folder.resolve("kafka.ready"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Reads until the owner closes its end, by will or by dying. */
    private static void endWithOwner() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException _) {
            // An input that cannot be read has ended too.
        }
        System.exit(0);
    }
}
