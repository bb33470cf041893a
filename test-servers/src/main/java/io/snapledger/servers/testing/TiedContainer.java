package io.snapledger.servers.testing;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Frame;
import io.snapledger.servers.Deadline;
import io.snapledger.servers.Ports;
import io.snapledger.servers.ServerException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategyTarget;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container, which listens on one port of this machine, keeps it when stopped and started again, and ends
 * when this JVM ends, however that happens: its input is held open from here.
 */
final class TiedContainer extends GenericContainer<TiedContainer> {
    private static final Duration SERVE = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(30);

    /** Ends the first process, which the image's own program becomes, when the input ends. */
    private static final String TIED = """
            exec 3<&0
            ( read -r _ <&3; while kill -INT 1; do sleep 1; done ) > /dev/null 2>&1 &
            exec "$@" 3<&- < /dev/null""";

    private final String image;
    private final int port;
    private final List<String> arguments;
    private @Nullable Input input;

    /**
     * @param served the port that the server listens on inside
     * @param port the port of this machine that leads there
     * @param arguments what follows the image's own command
     */
    TiedContainer(String image, int served, int port, List<String> arguments) {
        super(DockerImageName.parse(image));
        this.image = image;
        this.port = port;
        this.arguments = List.copyOf(arguments);
        withExposedPorts(served);
        setPortBindings(List.of(listenAt() + port + ":" + served));
        withLabel(Owner.LABEL, Owner.ourselves().label());
        waitingFor(new NoWait());
        withCreateContainerCmdModifier(this::tie);
    }

    /** Where clients find it: on the loopback, or, when we are in a container ourselves, at the address of its host. */
    String host() {
        return getHost().equals("localhost") ? Ports.HOST : getHost();
    }

    /** No wider than it must be: an engine of this machine listens at the one address, an engine afar at all of its own. */
    private String listenAt() {
        return DockerClientFactory.instance()
                        .getTransportConfig()
                        .getDockerHost()
                        .getScheme()
                        .equals("unix")
                ? host() + ":"
                : "";
    }

    int port() {
        return port;
    }

    private void tie(CreateContainerCmd command) {
        var own = Optional.ofNullable(dockerClient.inspectImageCmd(image).exec().getConfig());
        var words = new ArrayList<>(List.of("sh", "-c", TIED, "tied"));
        own.map(config -> config.getEntrypoint()).ifPresent(entry -> words.addAll(List.of(entry)));
        var rest = new ArrayList<String>();
        own.map(config -> config.getCmd()).ifPresent(cmd -> rest.addAll(List.of(cmd)));
        rest.addAll(arguments);
        command.withEntrypoint(words).withCmd(rest).withStdinOpen(true).withStdInOnce(true);
    }

    @Override
    protected void containerIsCreated(String id) {
        hold(id);
    }

    private void hold(String id) {
        var held = new Input();
        try {
            dockerClient
                    .attachContainerCmd(id)
                    .withStdIn(held)
                    .withFollowStream(true)
                    .exec(new ResultCallback.Adapter<Frame>())
                    .awaitStarted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted while holding the container of " + image, e);
        }
        input = held;
    }

    /** Waits until the server answers. */
    void awaitServing(BooleanSupplier answers) {
        var deadline = Deadline.in(SERVE);
        while (!answers.getAsBoolean()) {
            if (!isRunning()) {
                throw new ServerException("the container of %s ended".formatted(image) + lastWords());
            }
            if (deadline.passed()) {
                throw new ServerException(
                        "the container of %s did not serve within %s".formatted(image, SERVE) + lastWords());
            }
            deadline.pause();
        }
    }

    /** The end of its log. */
    String lastWords() {
        var lines = getLogs().lines().toList();
        return "\nits last lines:\n  "
                + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }

    /** Stops the server and keeps the container with all it holds. */
    void halt() {
        Patience.within(STOP.multipliedBy(2), "stop the container of " + image, () -> {
            if (isRunning()) {
                dockerClient
                        .stopContainerCmd(getContainerId())
                        .withTimeout((int) STOP.toSeconds())
                        .exec();
            }
            return this;
        });
        letGo();
    }

    /** Starts the server of a container that was halted. */
    void resume() {
        Patience.within(STOP, "start the container of %s again".formatted(image), () -> {
            hold(getContainerId());
            dockerClient.startContainerCmd(getContainerId()).exec();
            return this;
        });
    }

    /** Ends it and removes it with all it holds. */
    @Override
    public void stop() {
        letGo();
        super.stop();
    }

    private void letGo() {
        if (input != null) {
            input.close();
        }
    }

    /** An input that nothing comes from, and that ends when it is closed. */
    private static final class Input extends InputStream {
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public int read() throws IOException {
            try {
                closed.await();
                return -1;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            return read();
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    /** We wait ourselves, after a first start as after another. */
    private static final class NoWait implements WaitStrategy {
        @Override
        public void waitUntilReady(WaitStrategyTarget target) {}

        @Override
        public WaitStrategy withStartupTimeout(Duration timeout) {
            return this;
        }
    }
}
