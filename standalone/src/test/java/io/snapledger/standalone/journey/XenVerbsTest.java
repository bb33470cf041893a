package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.message.Json;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Xen's verbs over all parts, on real images and a real guest. */
@Tag("qemu")
class XenVerbsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    static Path folder;

    private static Standalone service;
    private static Disks disks;

    @BeforeAll
    static void start_everything() {
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of()), _ -> {});
        disks = new Disks(folder.resolve("images"));
    }

    @AfterAll
    static void stop_everything() {
        service.close();
        ProcessHandle.allProcesses().filter(p -> isGuest(p)).forEach(ProcessHandle::destroyForcibly);
    }

    private static boolean isGuest(ProcessHandle process) {
        try {
            String command = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
            return command.contains("qemu-system") && command.contains(folder.toString());
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void a_guest_is_snapshotted_inside_its_images_while_off_and_on_and_brought_back() throws Exception {
        String id = guest("web");

        assertThat(ok("vm-snapshot-create", "-n", "cold", "web")).isEqualTo("VM snapshot cold created\n");
        ok("snapshot-revert", "web", "cold", "--running");
        Counters early = awaitCount(id, 3);
        assertThat(ok("vm-snapshot-create", "-n", "warm", "web")).isEqualTo("VM snapshot warm created\n");
        Counters late = awaitCount(id, early.count() + 3);

        JsonNode inside = inside("web", tags -> tags.size() == 4);
        assertThat(inside)
                .extracting(t -> t.path("target").asText() + " " + t.path("tag").asText())
                .containsExactly("vda cold", "vda warm", "vdb cold", "vdb warm");
        assertThat(inside)
                .allSatisfy(t -> assertThat(t.path("foreign").asBoolean()).isFalse());
        assertThat(inside.get(1).path("vmStateBytes").asLong()).isPositive();
        assertThat(inside.get(1).path("vmClockNanos").asLong()).isPositive();
        assertThat(inside.get(0).path("vmStateBytes").asLong()).isZero();
        assertThat(ok("vm-snapshot-list", "web")
                        .lines()
                        .skip(2)
                        .map(l -> l.strip().split(" ", 2)[0]))
                .containsExactly("cold", "warm");

        ok("snapshot-revert", "web", "warm", "--paused");
        assertThat(counters(id).count()).isBetween(early.count(), late.count());
        assertThat(ok("vm-snapshot-apply", "-n", "warm", "web")).isEqualTo("VM snapshot warm applied\n");
        assertThat(awaitCount(id, late.count() + 3).errors()).isZero();
        assertThat(ok("snapshot-info", "web", "warm")).contains("State:          running");

        assertThat(refused("disk-snapshot-delete", "-n", "warm", "web")).contains("vm-snapshot-delete -n 'warm' web");
        assertThat(ok("vm-snapshot-delete", "-n", "warm", "web")).isEqualTo("VM snapshot warm deleted\n");
        inside("web", tags -> tags.size() == 2);
    }

    @Test
    void one_disk_is_snapshotted_by_its_verbs_and_the_other_left_alone() throws Exception {
        two("db");
        String a = file("db", "vda");
        String b = file("db", "vdb");
        disks.write(a, 1);
        disks.write(b, 1);

        assertThat(refused("disk-snapshot-create", "-n", "s", "db")).contains("several disks", "vda, vdb");
        assertThat(ok("disk-snapshot-create", "-n", "s", "--disk", "vdb", "db"))
                .isEqualTo("Disk snapshot s of vdb created\n");
        disks.write(a, 2);
        disks.write(b, 2);
        JsonNode inside = inside("db", tags -> tags.size() == 1);
        String number = inside.get(0).path("id").asText();
        assertThat(refused("disk-snapshot-apply", "-i", number, "db")).contains("several disks");
        assertThat(refused("disk-snapshot-apply", "-i", number + "7", "--disk", "vdb", "db"))
                .contains("id " + number + "7", "\"s\"");
        assertThat(ok("disk-snapshot-apply", "-i", number, "--disk", "vdb", "db"))
                .isEqualTo("Disk snapshot s of vdb applied\n");
        assertThat(disks.holds(b, 1)).isTrue();
        assertThat(disks.holds(a, 2)).isTrue();

        assertThat(ok("disk-snapshot-delete", "-i", number, "--disk", "vdb", "db"))
                .isEqualTo("Disk snapshot s of vdb deleted\n");
        assertThat(inside("db", JsonNode::isEmpty)).isEmpty();
        assertThat(disks.tags(b)).isEmpty();
        disks.check(b);
    }

    @Test
    void N2_N3_names_that_are_not_given_are_seconds_and_differ() throws Exception {
        two("unnamed");

        String first = ok("vm-snapshot-create", "unnamed");
        String second = ok("vm-snapshot-create", "unnamed");
        String third = ok("disk-snapshot-create", "--disk", "vda", "unnamed");

        assertThat(first).matches("VM snapshot \\d+ created\n");
        assertThat(second).matches("VM snapshot \\d+(-\\d)? created\n").isNotEqualTo(first);
        assertThat(third).matches("Disk snapshot \\d+(-\\d)? of vda created\n");
        assertThat(ok("snapshot-list", "unnamed", "--name").lines().distinct()).hasSize(3);
    }

    /** What was in an image before anyone asked the ledger, and what another tool put there later. */
    @Test
    void a_foreign_tag_is_listed_refused_and_after_adoption_applied_and_deleted() throws Exception {
        String image = disks.make("old-vda.qcow2").toString();
        disks.write(image, 1);
        disks.tag(image, "before");
        String id = define("old", "--disk", "vda,file=" + image + ",format=qcow2");
        inside("old", tags -> tags.size() == 1);

        disks.write(image, 2);
        disks.tag(image, "later");
        JsonNode inside = inside("old", tags -> tags.size() == 2);

        assertThat(inside)
                .allSatisfy(t -> assertThat(t.path("foreign").asBoolean()).isTrue());
        assertThat(ok("disk-snapshot-list", "old")).contains("before").contains("yes");
        String number = inside.get(0).path("id").asText();
        assertThat(refused("disk-snapshot-apply", "-i", number, "old"))
                .contains("\"before\" (id " + number + ", foreign)", "snapshot-create old FILE.xml --redefine");
        assertThat(refused("disk-snapshot-delete", "-n", "before", "old")).contains("foreign");
        assertThat(disks.tags(image)).containsExactly("before", "later");

        Path document = Files.writeString(folder.resolve("before.xml"), """
                <domainsnapshot>
                  <name>before</name>
                  <state>shutoff</state>
                  <creationTime>1767225600</creationTime>
                  <disks><disk name='vda' snapshot='internal'/></disks>
                  <domain type='kvm'>
                    <name>old</name>
                    <uuid>%s</uuid>
                    <memory unit='KiB'>65536</memory>
                    <devices>
                      <disk type='file' device='disk'>
                        <driver name='qemu' type='qcow2'/><source file='%s'/><target dev='vda'/>
                      </disk>
                    </devices>
                  </domain>
                </domainsnapshot>
                """.formatted(id, image));
        ok("snapshot-create", "old", document.toString(), "--redefine");
        assertThat(inside("old", tags -> !tags.get(0).path("foreign").asBoolean()))
                .hasSize(2);
        ok("disk-snapshot-apply", "-i", number, "old");
        assertThat(disks.holds(image, 1)).isTrue();
        ok("disk-snapshot-delete", "-n", "before", "old");

        assertThat(disks.tags(image)).containsExactly("later");
        inside("old", tags -> tags.size() == 1);
    }

    /** A guest that counts, off, with two disks. */
    private static String guest(String name) throws Exception {
        List<DiskTarget> targets = List.of(new DiskTarget("vda"), new DiskTarget("vdb"));
        Path raw = folder.resolve("boot.raw");
        CounterGuest.writeBootDisk(raw);
        String boot = folder.resolve("images").resolve(name + "-vda.qcow2").toString();
        Disks.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), boot);
        disks.make(name + "-vdb.qcow2");
        Files.writeString(
                folder.resolve("definitions").resolve(name + ".json"),
                CounterGuest.launchDefinition(targets, Accelerator.KVM_ELSE_TCG));
        return define(name, "--launch", name, "--disk", disk(name, "vda"), "--disk", disk(name, "vdb"));
    }

    private static void two(String name) throws Exception {
        disks.make(name + "-vda.qcow2");
        disks.make(name + "-vdb.qcow2");
        define(name, "--disk", disk(name, "vda"), "--disk", disk(name, "vdb"));
    }

    private static String file(String name, String target) {
        return folder.resolve("images").resolve(name + "-" + target + ".qcow2").toString();
    }

    private static String disk(String name, String target) {
        return target + ",file=" + file(name, target) + ",format=qcow2";
    }

    private static String define(String name, String... more) {
        String id = UUID.randomUUID().toString();
        List<String> words = new ArrayList<>(List.of("define", name, "--uuid", id, "--host", "localhost"));
        words.addAll(List.of("--memory", "64M"));
        words.addAll(List.of(more));
        ok(words.toArray(String[]::new));
        return id;
    }

    private static Counters counters(String id) throws Exception {
        Path socket = service.socketFolder().resolve(id + CounterGuest.MEMORY_SOCKET_SUFFIX);
        try (QmpMemory memory = QmpMemory.open(socket, PATIENCE)) {
            return CounterGuest.counters(memory);
        }
    }

    private static Counters awaitCount(String id, int least) throws Exception {
        Waiting.until(PATIENCE, () -> "the guest does not count to " + least, () -> {
            try {
                return counters(id).count() >= least;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        return counters(id);
    }

    /** The tags of all disks, as soon as they are as wanted. */
    private static JsonNode inside(String domain, Predicate<JsonNode> wanted) {
        Waiting.until(PATIENCE, () -> "disk-snapshot-list says " + read(domain), () -> wanted.test(read(domain)));
        return read(domain);
    }

    private static JsonNode read(String domain) {
        try {
            return Json.lenient()
                    .readTree(ok("disk-snapshot-list", domain, "--json"))
                    .path("items");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ok(String... arguments) {
        return new Prompt(service).ran(arguments);
    }

    private static String refused(String... arguments) {
        return new Prompt(service).refused(arguments);
    }
}
