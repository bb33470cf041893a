package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.KafkaCaller;
import io.snapledger.standalone.faults.KafkaCaller.Heard;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A merge that would take minutes is watched, and cancelled from the command line. */
@Tag("qemu")
class CancelTest {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final long SLOWLY = 32 << 10;
    private static final Topics TOPICS = Topics.DEFAULT;

    @TempDir
    Path folder;

    @Test
    void how_far_a_merge_is_can_be_seen_and_it_can_be_cancelled() throws Exception {
        Disks disks = new Disks(folder.resolve("images"));
        try (Standalone service = start();
                KafkaCaller caller = new KafkaCaller(service.bootstrap(), TOPICS);
                Readers readers = new Readers(service.url())) {
            String image = disks.make("web.qcow2").toString();
            ran(
                    service,
                    "define",
                    "web",
                    "--host",
                    "localhost",
                    "--memory",
                    "64M",
                    "--disk",
                    "vda,file=" + image + ",format=qcow2");
            disks.write(image, 1);
            ran(service, "snapshot-create-as", "web", "s1", "--disk-only");
            JsonNode domain = readers.json("/api/v1/domains/web", 0);
            String overlay = domain.at("/disks/0/chain/0/file").asText();
            disks.write(overlay, 2);
            Disks.run("qemu-io", "-f", "qcow2", "-c", "write -P 3 4M 4M", overlay);

            caller.send(
                    TOPICS,
                    DomainId.parse(domain.path("id").asText()),
                    "merge",
                    new DomainCommand.Merge(new SnapshotName("s1"), false));
            Waiting.until(
                    LONGEST_WAIT,
                    () -> "no answer",
                    () -> caller.verdict("merge").isPresent());
            String operation = caller.verdict("merge")
                    .orElseThrow()
                    .data()
                    .path("operation")
                    .asText();
            Waiting.until(
                    LONGEST_WAIT,
                    () -> "nobody knows how far it is",
                    () -> seen(readers, operation).path("totalBytes").isNumber());
            JsonNode progress = seen(readers, operation);
            String shown = ran(service, "operations", operation);
            String cancelled = ran(service, "cancel", "web");
            Waiting.until(LONGEST_WAIT, () -> "no end", () -> caller.settled("merge"));
            Heard end = caller.end("merge").orElseThrow();
            JsonNode view = readers.json("/api/v1/operations/" + operation, 0);

            assertThat(progress.path("totalBytes").asLong()).isEqualTo(16 << 20);
            assertThat(progress.path("percent").asInt()).isBetween(0, 100);
            assertThat(progress.path("step").asInt()).isZero();
            assertThat(shown).contains("of 16 MiB, of step 0");
            assertThat(cancelled).contains("Operation " + operation + " cancelled");
            assertThat(end.name()).isEqualTo("OperationFailed");
            assertThat(end.data().path("rolledBack").asBoolean()).isFalse();
            assertThat(end.data().path("leftovers")).isEmpty();
            assertThat(view.path("state").asText()).isEqualTo("cancelled");
            assertThat(readers.json("/api/v1/domains/web/snapshots/s1", 0)
                            .path("consumed")
                            .asBoolean())
                    .isTrue();
            assertThat(disks.holds(overlay, 2)).isTrue();
            disks.check(image);
            assertThat(told(service.bootstrap())).isNotEmpty().allSatisfy(p -> {
                assertThat(p.operation()).hasToString(operation);
                assertThat(p.kind()).isEqualTo("commitLayer");
            });
        }
    }

    private static JsonNode seen(Readers readers, String operation) {
        try {
            return readers.json("/api/v1/operations/" + operation, 0).path("progress");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All that the progress topic has. */
    private static List<OperationProgress> told(String bootstrap) {
        List<OperationProgress> told = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(TOPICS.progress()).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            Waiting.until(LONGEST_WAIT, () -> "the topic has no end", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(r -> {
                    if (CloudEvents.read(r) instanceof CloudEvents.Reading.Event(CloudEvent event)) {
                        assertThat(event.getType()).isEqualTo(MessageNames.of(OperationProgress.class));
                        told.add(Json.readStored(event.getData().toBytes(), OperationProgress.class));
                    }
                });
                return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
            });
        }
        return told;
    }

    private Standalone start() {
        return Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of(), Duration.ZERO, SLOWLY), _ -> {});
    }

    private static String ran(Standalone service, String... arguments) {
        return new Prompt(service).ran(arguments);
    }
}
