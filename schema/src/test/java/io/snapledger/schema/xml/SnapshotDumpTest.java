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
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class SnapshotDumpTest {
    private static final DomainId WEB = DomainId.parse("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final SavedMemory SAVED = new SavedMemory(4096, "ab".repeat(32));

    @Test
    void a_snapshot_of_our_own_embeds_the_least_of_a_domain() {
        assertThat(SnapshotDump.of(WEB, external(Optional.empty())).write()).isEqualTo("""
                        <domainsnapshot>
                          <name>s 1</name>
                          <description>&lt;before&gt;</description>
                          <state>running</state>
                          <parent>
                            <name>p</name>
                          </parent>
                          <creationTime>1700000000</creationTime>
                          <memory snapshot='external' file='/images/web-1.s 1.mem'/>
                          <disks>
                            <disk name='vda' snapshot='external' type='file'>
                              <driver type='qcow2'/>
                              <source file='/images/a.s 1'/>
                            </disk>
                            <disk name='vdb' snapshot='no'/>
                          </disks>
                          <domain type='kvm'>
                            <name>web-1</name>
                            <uuid>6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11</uuid>
                            <memory unit='KiB'>65536</memory>
                            <os>
                              <type>hvm</type>
                            </os>
                            <devices>
                              <disk type='file' device='disk'>
                                <driver name='qemu' type='qcow2'/>
                                <source file='/images/a.base'/>
                                <target dev='vda'/>
                              </disk>
                              <disk type='file' device='disk' snapshot='no'>
                                <driver name='qemu' type='raw'/>
                                <source file='/images/b.img'/>
                                <target dev='vdb'/>
                                <readonly/>
                              </disk>
                            </devices>
                          </domain>
                          <cookie>
                            <snapledger:memory xmlns:snapledger='urn:snapledger:snapshot:1' bytes='4096' sha256='%s'/>
                          </cookie>
                        </domainsnapshot>
                        """.formatted("ab".repeat(32)));
    }

    @Test
    void G4_our_own_dump_is_read_and_written_the_same() {
        for (Snapshot snapshot : List.of(external(Optional.empty()), internal(), internalMemoryApart())) {
            String dump = SnapshotDump.of(WEB, snapshot).write();

            assertThat(DomainSnapshotXml.read(dump, EnumSet.of(ParseFlag.REDEFINE, ParseFlag.VALIDATE))
                            .write())
                    .isEqualTo(dump);
        }
    }

    @Test
    void our_own_dump_is_valid_for_libvirt() throws InterruptedException, IOException {
        LibvirtSchema schema = schema();

        for (Snapshot snapshot : List.of(external(Optional.empty()), internal(), internalMemoryApart())) {
            assertThat(schema.complaints(SnapshotDump.of(WEB, snapshot).write()))
                    .isEmpty();
        }
    }

    @Test
    void length_checksum_and_place_of_memory_travel_in_the_cookie() {
        assertThat(MemoryCookie.read(reread(external(Optional.empty()))).saved())
                .contains(SAVED);
        assertThat(MemoryCookie.read(reread(internalMemoryApart())).file())
                .contains(new HostPath("/images/web-1.state.qcow2"));
        assertThat(reread(internal()).cookie()).isEmpty();
        assertThat(MemoryCookie.read(reread(external(Optional.empty())
                                .withMemory(new MemoryCapture.External(
                                        new HostPath("/images/m"), Optional.of(SAVED), Optional.of(Compression.ZSTD)))))
                        .compression())
                .contains(Compression.ZSTD);
    }

    @Test
    void G4_a_redefined_snapshot_is_dumped_as_it_came() {
        for (Fixture fixture : Fixture.all()) {
            if (fixture.text().contains("<creationTime>") && !fixture.text().contains("<active>")) {
                DomainSnapshotXml came = fixture.read();
                Snapshot snapshot = new Snapshot(
                        came.name().orElseThrow(),
                        came.description(),
                        came.parent(),
                        came.creationTime().orElseThrow(),
                        SnapshotState.SHUTOFF,
                        new MemoryCapture.None(),
                        List.of(),
                        definition(),
                        Optional.of(new SnapshotExtras(fixture.text(), true)));

                assertThat(SnapshotDump.of(WEB, snapshot).write()).isEqualTo(fixture.text());
            }
        }
    }

    @Test
    void what_changed_since_it_came_is_told_anew() {
        String came = SnapshotDump.of(WEB, external(Optional.empty())).write();
        Snapshot moved = external(Optional.of(new SnapshotExtras(came, false)))
                .withParent(Optional.of(new SnapshotName("other")))
                .withDescription(Optional.empty())
                .withDisks(List.of(
                        new DiskCapture.External(
                                VDA, new HostPath("/images/lower"), new HostPath("/images/upper"), ImageFormat.QCOW2),
                        new DiskCapture.None(VDB)));

        assertThat(SnapshotDump.of(WEB, moved).write())
                .isEqualTo(came.replace("<name>p</name>", "<name>other</name>")
                        .replace("  <description>&lt;before&gt;</description>\n", "")
                        .replace("'/images/a.s 1'", "'/images/upper'")
                        .replace("'/images/a.base'", "'/images/lower'"));
    }

    @Test
    void the_embedded_domain_tells_of_its_disks() {
        EmbeddedDomain domain = EmbeddedDomain.of(
                reread(external(Optional.empty())).fullDomain().orElseThrow());

        assertThat(domain.uuid()).contains(WEB.toString());
        assertThat(domain.memoryBytes()).contains(64L << 20);
        assertThat(domain.disk(VDA).orElseThrow())
                .isEqualTo(new EmbeddedDomain.Device(
                        VDA,
                        Optional.of(new HostPath("/images/a.base")),
                        Optional.of("/images/a.base"),
                        Optional.of("qcow2"),
                        false,
                        Optional.empty()));
        assertThat(domain.disk(VDB).orElseThrow().readOnly()).isTrue();
        assertThat(domain.disk(VDB).orElseThrow().snapshot()).contains(CaptureMode.NONE);
        assertThat(domain.disk(VDB).orElseThrow().format()).contains(ImageFormat.RAW);
    }

    private static DomainSnapshotXml reread(Snapshot snapshot) {
        return DomainSnapshotXml.read(SnapshotDump.of(WEB, snapshot).write(), EnumSet.of(ParseFlag.REDEFINE));
    }

    private static Snapshot external(Optional<SnapshotExtras> extras) {
        return new Snapshot(
                new SnapshotName("s 1"),
                Optional.of("<before>"),
                Optional.of(new SnapshotName("p")),
                Instant.parse("2023-11-14T22:13:20.5Z"),
                SnapshotState.RUNNING,
                new MemoryCapture.External(new HostPath("/images/web-1.s 1.mem"), Optional.of(SAVED)),
                List.of(
                        new DiskCapture.External(
                                VDA, new HostPath("/images/a.base"), new HostPath("/images/a.s 1"), ImageFormat.QCOW2),
                        new DiskCapture.None(VDB)),
                definition(),
                extras);
    }

    private static Snapshot internal() {
        return inside(
                new MemoryCapture.Internal(new HostPath("/images/a.qcow2"), "in"),
                List.of(
                        new DiskCapture.Internal(VDA, new HostPath("/images/a.qcow2"), "in"),
                        new DiskCapture.None(VDB)));
    }

    private static Snapshot internalMemoryApart() {
        return inside(
                new MemoryCapture.Internal(new HostPath("/images/web-1.state.qcow2"), "in"),
                List.of(new DiskCapture.None(VDA), new DiskCapture.None(VDB)));
    }

    private static Snapshot inside(MemoryCapture memory, List<DiskCapture> disks) {
        return new Snapshot(
                new SnapshotName("in"),
                Optional.empty(),
                Optional.empty(),
                Instant.ofEpochSecond(1700000000),
                SnapshotState.PAUSED,
                memory,
                disks,
                definition());
    }

    private static DomainDefinition definition() {
        return new DomainDefinition(
                new DomainName("web-1"),
                new HostName("h1"),
                List.of(
                        new Disk(VDA, new HostPath("/images/a.qcow2"), ImageFormat.QCOW2, false, Optional.empty()),
                        new Disk(
                                VDB,
                                new HostPath("/images/b.img"),
                                ImageFormat.RAW,
                                true,
                                Optional.of(CaptureMode.NONE))),
                64 << 20,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static LibvirtSchema schema() throws InterruptedException {
        try {
            return LibvirtSchema.find();
        } catch (IOException e) {
            throw new TestAbortedException("libvirt's schema cannot be had here: " + e.getMessage(), e);
        }
    }
}
