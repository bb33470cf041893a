package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.message.Topics;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.KafkaCaller;
import io.snapledger.standalone.faults.Waiting;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A running guest that someone takes a snapshot of behind the ledger's back, and files that come back from the dead. */
@Tag("qemu")
@Tag("nightly")
class OtherHandsTest {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(90);
    private static final int LONGEST_BACKING_NAME = 1023;

    private static Standalone service = Standalone.on(Path.of("/nowhere"));
    private static Prompt prompt = new Prompt(service);
    private static Disks disks = new Disks(Path.of("/nowhere"));
    private static Path folder = Path.of("/nowhere");

    @BeforeAll
    static void start() throws Exception {
        folder = Files.createTempDirectory("slo").toRealPath();
        disks = new Disks(folder.resolve("images"));
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of(), Duration.ZERO), _ -> {});
        prompt = new Prompt(service);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void a_snapshot_taken_of_a_running_guest_by_hand_is_seen_refused_and_mended_by_the_lines_that_are_shown()
            throws Exception {
        Path monitor = aGuestThatCounts();
        String byHand = file("by-hand.qcow2");
        List<String> lines;
        try {
            tell(
                    monitor,
                    "{\"execute\":\"blockdev-snapshot-sync\",\"arguments\":{\"node-name\":\"vda\","
                            + "\"snapshot-node-name\":\"by-hand\",\"format\":\"qcow2\",\"snapshot-file\":\"" + byHand
                            + "\"}}");

            awaitDrift("activeLayerDiffers", "orphanFile");
            assertThat(prompt.ran("drift", "web")).contains("by-hand.qcow2", "qemu-img commit");
            assertThat(prompt.ran("list")).containsPattern("web .* 2\\s");
            assertThat(prompt.ran("snapshot-info", "web", "one")).contains("see: snapledger drift web");
            assertThat(prompt.refused("snapshot-create-as", "web", "two", "--disk-only"))
                    .contains("(drifted)");
            lines = repair("activeLayerDiffers");
        } finally {
            tell(monitor, "{\"execute\":\"quit\"}");
        }
        awaitDrift("orphanFile");

        for (String line : lines) {
            Disks.run("sh", "-c", line);
        }

        awaitDrift();
        assertThat(prompt.ran("snapshot-info", "web", "one")).doesNotContain("Drifted");
        prompt.ran("snapshot-create-as", "web", "two", "--disk-only");
        for (JsonNode layer : web().at("/disks/0/chain")) {
            disks.check(layer.path("file").asText());
        }
        assertThat(Path.of(byHand)).doesNotExist();
    }

    @Test
    void what_comes_back_of_an_operation_that_was_taken_back_is_released_and_removed() throws Exception {
        Path deep = deepFolder();
        Disks.run(
                "qemu-img", "create", "-q", "-f", "raw", deep.resolve("log.raw").toString(), "8M");
        String image = disks.make("db.qcow2").toString();
        prompt.ran(
                "define",
                "db",
                "--host",
                "localhost",
                "--memory",
                "64M",
                "--disk",
                "vda,file=" + image + ",format=qcow2",
                "--disk",
                "vdb,file=" + deep.resolve("log.raw") + ",format=raw");
        try (KafkaCaller heard = new KafkaCaller(service.bootstrap(), Topics.DEFAULT)) {
            assertThat(prompt.refused("snapshot-create-as", "db", "one", "--disk-only"))
                    .contains("it was rolled back, nothing is left over");
            Path overlay = Path.of(file("db.one"));
            assertThat(overlay).doesNotExist();

            Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "qcow2", overlay.toString());

            Waiting.until(LONGEST_WAIT, () -> overlay + " stays", () -> !Files.exists(overlay));
            Waiting.until(
                    LONGEST_WAIT,
                    () -> "drift stays",
                    () -> prompt.json("drift", "db").path("items").isEmpty());
            assertThat(Files.exists(Path.of(image))).isTrue();
            assertThat(heard.events().stream().map(KafkaCaller.Heard::name)).contains("LeftoversReleased");
        }
    }

    /** Started by a revert; its own monitor is for those who are not the executor. */
    private static Path aGuestThatCounts() throws Exception {
        Path boot = folder.resolve("boot.raw");
        CounterGuest.writeBootDisk(boot);
        String image = file("web.qcow2");
        Disks.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", boot.toString(), image);
        Files.writeString(
                folder.resolve("definitions/counter.json"),
                CounterGuest.launchDefinition(List.of(new DiskTarget("vda")), Accelerator.TCG));
        prompt.ran(
                "define",
                "web",
                "--host",
                "localhost",
                "--memory",
                Long.toString(CounterGuest.MEMORY_BYTES),
                "--disk",
                "vda,file=" + image + ",format=qcow2",
                "--launch",
                "counter");
        prompt.ran("snapshot-create-as", "web", "one", "--disk-only");
        prompt.ran("snapshot-revert", "web", "one", "--running");
        return service.socketFolder().resolve(web().path("id").asText() + CounterGuest.MEMORY_SOCKET_SUFFIX);
    }

    private static JsonNode web() {
        for (JsonNode domain : prompt.json("list").path("items")) {
            if (domain.path("name").asText().equals("web")) {
                return domain;
            }
        }
        throw new AssertionError("there is no such domain");
    }

    private static void tell(Path monitor, String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(monitor));
                BufferedReader answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            for (String line : List.of("{\"execute\":\"qmp_capabilities\"}", command)) {
                channel.write(StandardCharsets.UTF_8.encode(line + "\n"));
                String answer = answers.readLine();
                while (!answer.contains("\"return\"")) {
                    assertThat(answer).doesNotContain("\"error\"");
                    answer = answers.readLine();
                }
            }
        }
    }

    private static String file(String name) {
        return disks.folder().resolve(name).toString();
    }

    private static void awaitDrift(String... kinds) {
        Waiting.until(
                LONGEST_WAIT,
                () -> "drift is " + prompt.json("drift", "web"),
                () -> prompt.json("drift", "web").path("items").findValuesAsText("kind").stream()
                        .sorted()
                        .toList()
                        .equals(List.of(kinds)));
    }

    private static List<String> repair(String kind) {
        List<String> lines = new ArrayList<>();
        for (JsonNode drift : prompt.json("drift", "web").path("items")) {
            if (drift.path("kind").asText().equals(kind)) {
                drift.path("repair").forEach(r -> lines.add(r.asText()));
            }
        }
        assertThat(lines).isNotEmpty();
        return lines;
    }

    /** An overlay on what lies there cannot name it: its path is longer than a header holds. */
    private static Path deepFolder() throws IOException {
        Path deep = disks.folder();
        while (deep.toString().length() <= LONGEST_BACKING_NAME) {
            deep = deep.resolve("deep-".repeat(40));
        }
        return Files.createDirectories(deep);
    }
}
