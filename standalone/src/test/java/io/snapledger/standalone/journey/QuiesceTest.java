package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.linux.LinuxGuest;
import io.snapledger.executor.linux.LinuxGuest.Inside;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.DomainId;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A Linux that writes all the time, with qemu-guest-agent in it, and a person at the command line. */
@Tag("qemu")
@Tag("nightly")
class QuiesceTest {
    private static final Duration BOOT = Duration.ofSeconds(90);

    @Test
    void a_guest_is_frozen_for_its_snapshot_and_everyone_can_see_for_how_long() throws Exception {
        LinuxGuest.assumeAvailable();
        Path folder = Files.createTempDirectory("slq").toRealPath();
        Standalone.Options options = new Standalone.Options(folder, 0, 0, 0, List.of(), Duration.ZERO);
        try (Standalone service = Standalone.start(options, _ -> {});
                Readers readers = new Readers(service.url())) {
            Prompt prompt = new Prompt(service);
            LinuxGuest guest = booted(folder, service, prompt, readers);
            try {
                JsonNode done = prompt.json("snapshot-create-as", "penguin", "calm", "--quiesce", "--disk-only")
                        .path("data");
                guest.goesOn();

                long frozen = done.path("frozenMillis").asLong(-1);
                long paused = done.path("pausedMillis").asLong(-1);
                assertThat(frozen).as(done.toString()).isPositive();
                assertThat(paused).as(done.toString()).isBetween(0L, frozen);
                String operation = done.path("operation").asText();
                JsonNode view = readers.json("/api/v1/operations/" + operation, 0);
                assertThat(view.path("frozenMillis").asLong()).isEqualTo(frozen);
                assertThat(view.path("pausedMillis").asLong()).isEqualTo(paused);
                assertThat(prompt.ran("operations", operation))
                        .containsPattern("Paused: +" + paused + " ms")
                        .containsPattern("Frozen: +" + frozen + " ms");
                Inside calm = LinuxGuest.look(stateOf(
                        folder, readers.json("/api/v1/domains/penguin", 0).at("/disks/0/chain/1/file")));
                assertThat(calm.clean()).isTrue();
                assertThat(calm.last()).isPositive();

                tellsTheWayOfAMemory(prompt, readers, folder, "lively", "--live");
                tellsTheWayOfAMemory(prompt, readers, folder, "still");
                guest.goesOn();
            } finally {
                end(service, id(readers));
            }
        }
    }

    private static void tellsTheWayOfAMemory(Prompt prompt, Readers readers, Path folder, String name, String... more)
            throws Exception {
        List<String> line = new java.util.ArrayList<>(List.of(
                "snapshot-create-as",
                "penguin",
                name,
                "--memspec",
                "file=" + folder.resolve("images/" + name + ".mem")));
        line.addAll(List.of(more));
        JsonNode done = prompt.json(line.toArray(String[]::new)).path("data");
        String way = done.path("steps").findValuesAsText("memoryWay").getFirst();
        String operation = done.path("operation").asText();
        assertThat(readers.json("/api/v1/operations/" + operation, 0).findValuesAsText("memoryWay"))
                .contains(way);
        String shown = prompt.ran("operations", operation);
        switch (way) {
            case "stopped" -> {
                assertThat(more).isEmpty();
                assertThat(shown).contains("stood still while its memory was saved");
            }
            case "switchOver" -> {
                assertThat(more).isNotEmpty();
                assertThat(shown).contains("live, up to the switch-over, not in the background");
            }
            case "background" -> {
                assertThat(more).isNotEmpty();
                assertThat(shown).contains("live, in the background");
            }
            default -> throw new AssertionError(way);
        }
    }

    private static LinuxGuest booted(Path folder, Standalone service, Prompt prompt, Readers readers) throws Exception {
        Path image = folder.resolve("images/penguin.qcow2");
        LinuxGuest.makeDisk(image, ImageFormat.QCOW2);
        Files.writeString(
                folder.resolve("definitions").resolve(LinuxGuest.LAUNCH + ".json"),
                LinuxGuest.launchDefinition(folder));
        prompt.ran(
                "define",
                "penguin",
                "--host",
                "localhost",
                "--memory",
                Long.toString(LinuxGuest.MEMORY_BYTES),
                "--disk",
                "vda,file=" + image + ",format=qcow2",
                "--launch",
                LinuxGuest.LAUNCH);
        prompt.ran("snapshot-create-as", "penguin", "installed", "--disk-only");
        prompt.ran("snapshot-revert", "penguin", "installed", "--running");
        LinuxGuest guest = new LinuxGuest(service.socketFolder(), id(readers));
        Waiting.until(BOOT, () -> "the guest does not write", () -> writes(guest));
        return guest;
    }

    private static boolean writes(LinuxGuest guest) {
        try {
            return guest.written() > 3;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static DomainId id(Readers readers) throws Exception {
        return DomainId.parse(
                readers.json("/api/v1/domains/penguin", 0).path("id").asText());
    }

    /** A copy of what a layer holds that is written to no more. */
    private static Path stateOf(Path folder, JsonNode layer) throws Exception {
        Path raw = folder.resolve("look.raw");
        Disks.run("qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", layer.asText(), raw.toString());
        return raw;
    }

    private static void end(Standalone service, DomainId domain) throws Exception {
        Path file = service.socketFolder().resolve(domain + ".pid");
        Optional<ProcessHandle> guest =
                ProcessHandle.of(Long.parseLong(Files.readString(file).strip()));
        if (guest.isPresent()) {
            guest.get().destroyForcibly();
            guest.get().onExit().get(10, TimeUnit.SECONDS);
        }
    }
}
