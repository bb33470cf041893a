package io.snapledger.servers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.snapledger.servers.ServerException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static final ContainerSource SOME =
            new ContainerSource(new Engine(URI.create("unix:///some.sock")), new Images("postgres:18", "kafka:4"));

    @Test
    void by_itself_it_is_containers_where_there_can_be_some() {
        assertThat(new Choice(Choice.Wish.of("auto"), () -> SOME).make()).isEqualTo(SOME);
    }

    @Test
    void by_itself_it_is_embedded_where_there_can_be_no_containers() {
        assertThat(new Choice(Choice.Wish.of("auto"), ChoiceTest::none).make()).isEqualTo(new EmbeddedSource());
    }

    @Test
    void embedded_asks_for_no_engine() {
        var choice = new Choice(Choice.Wish.of("embedded"), () -> {
            throw new AssertionError("an engine was asked for");
        });

        assertThat(choice.make()).isEqualTo(new EmbeddedSource());
    }

    @Test
    void containers_that_cannot_be_are_refused_with_what_was_tried() {
        var choice = new Choice(Choice.Wish.of("containers"), ChoiceTest::none);

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(choice::make)
                .withMessageContaining("-Dsnapledger.servers=containers was said")
                .withMessageContaining("/var/run/docker.sock")
                .withMessageContaining("say auto or embedded");
    }

    @Test
    void another_word_is_refused() {
        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> Choice.Wish.of("Docker"))
                .withMessage("-Dsnapledger.servers=Docker is none of [auto, containers, embedded]");
    }

    @Test
    void the_images_are_those_of_the_compose_file() throws Exception {
        var images = Images.ofCompose();

        assertThat(Files.readAllLines(Path.of("..", "docker-compose.yml")))
                .contains("    image: " + images.postgres(), "    image: " + images.kafka());
        assertThat(images.postgres()).startsWith("postgres:");
        assertThat(images.kafka()).startsWith("apache/kafka:");
    }

    private static ContainerSource none() {
        throw new ServerException("no Docker engine answers: there is no /var/run/docker.sock");
    }
}
