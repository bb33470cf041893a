package io.snapledger.servers.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import io.snapledger.servers.Broker;
import io.snapledger.servers.Ports;
import io.snapledger.servers.Postgres;
import io.snapledger.servers.PostgresSettings;
import io.snapledger.servers.ServerException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.utility.DockerImageName;

/** Servers in containers of an engine that has their images and runs them. */
record ContainerSource(Engine engine, Images images) implements ServerSource {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerSource.class);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration PULL = Duration.ofMinutes(5);
    private static final Duration TRY = Duration.ofSeconds(60);
    private static final Duration START = Duration.ofMinutes(3);
    private static final int PORTS_TRIED = 3;

    /** @throws ServerException when the engine does not answer in time, has not the images nor gets them, or runs nothing */
    static ContainerSource on(Engine engine, Images images) {
        var client = Patience.within(
                ANSWER,
                "speak with " + engine,
                () -> DockerClientFactory.instance().client());
        for (var image : List.of(images.postgres(), images.kafka())) {
            if (!Patience.within(ANSWER, "ask %s for %s".formatted(engine, image), () -> has(client, image))) {
                Patience.within(
                        PULL,
                        "pull %s, which %s has not".formatted(image, engine),
                        () -> client.pullImageCmd(image).start().awaitCompletion());
            }
        }
        Patience.within(TRY, "run a container on " + engine, () -> tryToRun(images.postgres()));
        Patience.within(ANSWER, "look for containers that were left on " + engine, () -> {
            Leftovers.remove(client);
            return client;
        });
        return new ContainerSource(engine, images);
    }

    private static boolean has(DockerClient client, String image) {
        try {
            client.inspectImageCmd(image).exec();
            return true;
        } catch (NotFoundException _) {
            return false;
        }
    }

    private static String tryToRun(String image) {
        try (var trial = new GenericContainer<>(DockerImageName.parse(image))
                .withLabel(Owner.LABEL, Owner.ourselves().label())
                .withCommand("true")
                .withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
            trial.start();
            return trial.getContainerId();
        }
    }

    @Override
    public Postgres sharedPostgres() {
        return postgres(PostgresSettings.UNSAFE);
    }

    @Override
    public OwnPostgres ownPostgres() {
        return postgres(Map.of());
    }

    private PostgresContainer postgres(Map<String, String> settings) {
        return started("PostgreSQL", port -> PostgresContainer.start(images.postgres(), port, settings));
    }

    @Override
    public Broker sharedBroker() {
        return broker();
    }

    @Override
    public OwnBroker ownBroker() {
        return broker();
    }

    private KafkaContainer broker() {
        return started("Kafka", port -> KafkaContainer.start(images.kafka(), port));
    }

    /** A port that was free may be somebody's when the container comes to it. */
    private <S> S started(String server, IntFunction<S> start) {
        for (int tried = 1; ; tried++) {
            int port = Ports.free();
            try {
                return Patience.within(START, "start %s on %s".formatted(server, engine), () -> start.apply(port));
            } catch (ServerException e) {
                if (tried == PORTS_TRIED || !(e.getCause() instanceof ContainerLaunchException)) {
                    throw e;
                }
                LOG.debug("once more", e);
            }
        }
    }

    @Override
    public String toString() {
        return "containers of %s and %s on %s".formatted(images.postgres(), images.kafka(), engine);
    }
}
