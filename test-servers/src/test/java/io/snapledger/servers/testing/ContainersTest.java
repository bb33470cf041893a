package io.snapledger.servers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import io.snapledger.servers.Deadline;
import io.snapledger.servers.Ports;
import io.snapledger.servers.ServerException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;

/** What only an engine can show; without one, and where the setting is embedded, these are left out. */
@Timeout(180)
class ContainersTest {
    private final Images images = Images.ofCompose();
    private Engine engine;

    @BeforeEach
    void with_an_engine() {
        Assumptions.assumeFalse(
                System.getProperty(Choice.SETTING, "").equals("embedded"), "embedded servers were asked for");
        try {
            engine = Engine.find(Engine.addresses(), Engine.ANSWER);
            ContainerSource.on(engine, images);
        } catch (ServerException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    @Test
    void an_image_that_is_not_to_be_had_is_told_by_name() {
        var missing = "localhost:1/snapledger/no-such-image:0";

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> ContainerSource.on(engine, new Images(images.postgres(), missing)))
                .withMessageContaining(
                        "cannot pull " + missing + ", which the Docker engine at " + engine.address() + " has not: ");
    }

    @Test
    void a_server_that_cannot_start_tells_its_last_words() {
        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(
                        () -> PostgresContainer.start(images.postgres(), Ports.free(), Map.of("no_such_setting", "on")))
                .withMessageContaining("no_such_setting");
    }

    @Test
    void ends_with_an_owner_that_is_killed_and_is_removed_by_the_next() throws Exception {
        var process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OwnerToKill.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var id = firstLine(process);
        var client = DockerClientFactory.instance().client();
        assertThat(isRunning(client, id)).hasValue(true);

        process.destroyForcibly().onExit().join();

        await(() -> isRunning(client, id).equals(Optional.of(false)), "the container of a killed owner still runs");
        ContainerSource.on(engine, images);
        assertThat(isRunning(client, id)).isEmpty();
    }

    private static String firstLine(Process process) throws IOException {
        try (var reader = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
            var line = reader.readLine();
            assertThat(line).as("what the owner says").isNotNull();
            return line;
        }
    }

    private static Optional<Boolean> isRunning(DockerClient client, String id) {
        try {
            return Optional.ofNullable(
                    client.inspectContainerCmd(id).exec().getState().getRunning());
        } catch (NotFoundException _) {
            return Optional.empty();
        }
    }

    private static void await(BooleanSupplier condition, String otherwise) {
        var deadline = Deadline.in(Duration.ofSeconds(60));
        while (!condition.getAsBoolean()) {
            assertThat(deadline.passed()).as(otherwise).isFalse();
            deadline.pause();
        }
    }

    /** Another JVM with a PostgreSQL of its own in a container. */
    static final class OwnerToKill {
        private OwnerToKill() {}

        public static void main(String[] arguments) throws IOException {
            var images = Images.ofCompose();
            var source = ContainerSource.on(Engine.find(Engine.addresses(), Engine.ANSWER), images);
            if (source.ownPostgres() instanceof PostgresContainer(TiedContainer container)) {
                System.out.println(container.getContainerId());
            }
            System.in.read();
        }
    }
}
