package io.snapledger.schema.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * virsh takes back what we write, and what it then dumps is read here. It runs on libvirt's own test driver, unpacked from
 * Debian's packages where it is not installed; skipped, saying why, where it cannot be had.
 */
class VirshTest {
    private static final DomainId WEB = DomainId.parse("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final String HOST = """
            <node>
              <domain type='test'>
                <name>web-1</name>
                <uuid>6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11</uuid>
                <memory unit='KiB'>65536</memory>
                <os><type>hvm</type></os>
                <devices>
                  <disk type='file' device='disk'>
                    <driver name='qemu' type='qcow2'/><source file='/images/a.qcow2'/><target dev='vda'/>
                  </disk>
                  <disk type='file' device='disk'>
                    <driver name='qemu' type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/>
                  </disk>
                </devices>
              </domain>
            </node>
            """;

    private static Map<String, String> environment = Map.of();
    private static String virsh = "virsh";

    @BeforeAll
    static void look_for_virsh() throws InterruptedException {
        try {
            Path found = DebianFiles.find("usr/bin/virsh", "libvirt-clients");
            virsh = found.toString();
            if (!found.startsWith("/usr")) {
                Path library = DebianFiles.unpacked("usr/lib/x86_64-linux-gnu/libvirt.so.0", "libvirt0");
                environment = Map.of("LD_LIBRARY_PATH", library.getParent().toString());
            }
            DebianFiles.Ran ran = DebianFiles.run(
                    Path.of("/"), environment, List.of(virsh, "-c", "test:///default", "list", "--name"));
            if (ran.status() != 0) {
                throw new IOException(ran.output());
            }
        } catch (IOException e) {
            throw new TestAbortedException("virsh cannot be had here: " + e.getMessage(), e);
        }
    }

    @Test
    void virsh_takes_back_a_whole_tree_of_ours_and_says_the_same(@TempDir Path folder)
            throws IOException, InterruptedException {
        List<Snapshot> tree = List.of(
                snapshot(
                        "the first",
                        Optional.empty(),
                        SnapshotState.RUNNING,
                        new MemoryCapture.External(
                                new HostPath("/images/web-1.mem"), Optional.of(new SavedMemory(4096, "ab".repeat(32)))),
                        external(VDA, "/images/a.qcow2", "/images/a.first"),
                        external(VDB, "/images/b.qcow2", "/images/b.first")),
                snapshot(
                        "disks",
                        Optional.of("the first"),
                        SnapshotState.DISK_SNAPSHOT,
                        new MemoryCapture.None(),
                        external(VDA, "/images/a.first", "/images/a.disks"),
                        new DiskCapture.None(VDB)),
                snapshot(
                        "inside",
                        Optional.of("the first"),
                        SnapshotState.PAUSED,
                        new MemoryCapture.Internal(new HostPath("/images/a.first"), "inside"),
                        new DiskCapture.Internal(VDA, new HostPath("/images/a.first"), "inside"),
                        new DiskCapture.None(VDB)),
                snapshot(
                        "off",
                        Optional.empty(),
                        SnapshotState.SHUTOFF,
                        new MemoryCapture.None(),
                        new DiskCapture.Internal(VDA, new HostPath("/images/a.qcow2"), "off"),
                        new DiskCapture.Internal(VDB, new HostPath("/images/b.qcow2"), "off")));

        for (Snapshot snapshot : tree) {
            DomainSnapshotXml ours = SnapshotDump.of(WEB, snapshot);
            DomainSnapshotXml theirs = redefined(folder, tree, snapshot);

            assertThat(theirs.name()).isEqualTo(ours.name());
            assertThat(theirs.description()).isEqualTo(ours.description());
            assertThat(theirs.state()).isEqualTo(ours.state());
            assertThat(theirs.parent()).isEqualTo(ours.parent());
            assertThat(theirs.creationTime())
                    .isEqualTo(ours.creationTime().map(t -> Instant.ofEpochSecond(t.getEpochSecond())));
            assertThat(theirs.memory()).isEqualTo(ours.memory());
            assertThat(theirs.disks()).isEqualTo(ours.disks());
            assertThat(EmbeddedDomain.of(ours.fullDomain().orElseThrow())
                            .differenceTo(EmbeddedDomain.of(theirs.fullDomain().orElseThrow())))
                    .isEmpty();
        }
    }

    @Test
    void G4_what_virsh_dumps_is_written_as_virsh_wrote_it(@TempDir Path folder)
            throws IOException, InterruptedException {
        Snapshot snapshot = snapshot(
                "it's <all> & \"more\" 快照",
                Optional.empty(),
                SnapshotState.DISK_SNAPSHOT,
                new MemoryCapture.None(),
                external(VDA, "/images/a'b.qcow2", "/images/<a>&.first"),
                new DiskCapture.None(VDB));
        String dump = dumped(folder, List.of(snapshot), snapshot);

        assertThat(DomainSnapshotXml.read(dump, EnumSet.of(ParseFlag.REDEFINE, ParseFlag.VALIDATE))
                        .write())
                .isEqualTo(dump);
    }

    private static DomainSnapshotXml redefined(Path folder, List<Snapshot> tree, Snapshot wanted)
            throws IOException, InterruptedException {
        return DomainSnapshotXml.read(dumped(folder, tree, wanted), EnumSet.of(ParseFlag.REDEFINE));
    }

    /** The test driver forgets all when its connection ends, so that everything happens in one. */
    private static String dumped(Path folder, List<Snapshot> tree, Snapshot wanted)
            throws IOException, InterruptedException {
        Path host = Files.writeString(folder.resolve("host.xml"), HOST);
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < tree.size(); i++) {
            Path file = Files.writeString(
                    folder.resolve(i + ".xml"),
                    SnapshotDump.of(WEB, tree.get(i)).write());
            commands.append("snapshot-create web-1 ").append(file).append(" --redefine\n");
        }
        commands.append("snapshot-dumpxml web-1 \"")
                .append(wanted.name().value().replace("\"", "\\\""))
                .append("\"\n");
        DebianFiles.Ran ran =
                DebianFiles.run(folder, environment, List.of(virsh, "-q", "-c", "test://" + host, commands.toString()));
        assertThat(ran.status()).as(ran.output()).isZero();
        int begin = ran.output().indexOf("<domainsnapshot>");
        assertThat(begin).as(ran.output()).isNotNegative();
        return ran.output().substring(begin) + "\n";
    }

    private static DiskCapture external(DiskTarget target, String base, String file) {
        return new DiskCapture.External(target, new HostPath(base), new HostPath(file), ImageFormat.QCOW2);
    }

    private static Snapshot snapshot(
            String name, Optional<String> parent, SnapshotState state, MemoryCapture memory, DiskCapture... disks) {
        return new Snapshot(
                new SnapshotName(name),
                Optional.of("as <told> by " + name),
                parent.map(SnapshotName::new),
                Instant.parse("2023-11-14T22:13:20.5Z"),
                state,
                memory,
                List.of(disks),
                new DomainDefinition(
                        new DomainName("web-1"),
                        new HostName("h1"),
                        List.of(
                                new Disk(
                                        VDA,
                                        new HostPath("/images/a.qcow2"),
                                        ImageFormat.QCOW2,
                                        false,
                                        Optional.empty()),
                                new Disk(
                                        VDB,
                                        new HostPath("/images/b.qcow2"),
                                        ImageFormat.QCOW2,
                                        false,
                                        Optional.empty())),
                        64 << 20,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }
}
