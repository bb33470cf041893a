package io.snapledger.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.port.Deadlines;
import io.snapledger.runtime.config.SettingsException;
import io.snapledger.runtime.health.HealthServer;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.HostName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExecutorConfigTest {

    @Test
    void a_data_folder_is_laid_out_as_up_does_it() {
        ExecutorConfig config =
                ExecutorConfig.from(Map.of("kafka.servers", "k:9092", "host.name", "here", "data.folder", "/data"));

        assertThat(config)
                .isEqualTo(new ExecutorConfig(
                        new HostName("here"),
                        List.of(Path.of("/data/images")),
                        Path.of("/data/definitions"),
                        Path.of("/data/sockets"),
                        Path.of("/data/executor"),
                        KafkaAccess.plain("k:9092"),
                        Topics.DEFAULT,
                        Deadlines.DEFAULT,
                        0,
                        false,
                        Optional.empty()));
    }

    @Test
    void everything_can_be_given() {
        ExecutorConfig config = ExecutorConfig.from(Map.ofEntries(
                Map.entry("kafka.servers", "k:9092"),
                Map.entry("host.name", "here"),
                Map.entry("data.folder", "/data"),
                Map.entry("storage.roots", "/a, /b"),
                Map.entry("definitions.folder", "/d"),
                Map.entry("sockets.folder", "/s"),
                Map.entry("journal.folder", "/j"),
                Map.entry("topic.prefix", "mine."),
                Map.entry("monitor.deadline", "1s"),
                Map.entry("memory.deadline", "2s"),
                Map.entry("job.deadline", "3s"),
                Map.entry("image.deadline", "4s"),
                Map.entry("start.deadline", "5s"),
                Map.entry("stop.deadline", "6s"),
                Map.entry("agent.deadline", "7s"),
                Map.entry("freeze.deadline", "8s"),
                Map.entry("job.speed", "9"),
                Map.entry("memory.background", "true"),
                Map.entry("health.host", "::1"),
                Map.entry("health.port", "8081")));

        assertThat(config)
                .isEqualTo(new ExecutorConfig(
                        new HostName("here"),
                        List.of(Path.of("/a"), Path.of("/b")),
                        Path.of("/d"),
                        Path.of("/s"),
                        Path.of("/j"),
                        KafkaAccess.plain("k:9092"),
                        new Topics("mine."),
                        new Deadlines(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(6),
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(8)),
                        9,
                        true,
                        Optional.of(new HealthServer.Address("::1", 8081))));
    }

    @Test
    void every_problem_is_told_at_once() {
        assertThatThrownBy(() ->
                        ExecutorConfig.from(Map.of("host.name", "here", "unknown", "x", "stop.deadline", "never")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContainingAll("kafka.servers", "data.folder", "unknown", "stop.deadline");
    }
}
