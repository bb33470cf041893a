package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.RedefiningTest.external;
import static io.snapledger.command.decide.RedefiningTest.internal;
import static io.snapledger.command.decide.RedefiningTest.redefine;
import static io.snapledger.command.decide.Wishes.named;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.xml.SnapshotDump;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a redefined snapshot says of disks, files and memory, and what becomes of it in the layers. */
class RedefinedFilesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    @Nested
    class A_disk_that_the_snapshot_does_not_name {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<disk><target dev='vdb'/></disk>|None",
                    "<disk><source file='/images/b.iso'/><target dev='vdb'/><readonly/></disk>|None",
                    "<disk snapshot='no'><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk>|None",
                    "<disk snapshot='internal'><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk>|Internal",
                    "<disk snapshot='external'><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk>|External",
                    "<disk><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk>|External"
                })
        void R7_A10_is_held_as_its_domain_says(String device, String kind) {
            Snapshot snapshot = two().when(redefine(beside(external("s1", "", "a.qcow2", "a.s1"), device)))
                    .event(SnapshotRedefined.class)
                    .snapshot();

            assertThat(snapshot.disk(VDB).orElseThrow().getClass().getSimpleName())
                    .isEqualTo(kind);
        }

        @Test
        void R7_is_external_beside_one_that_is_also_in_a_guest_that_was_off() {
            String off = external("s1", "", "a.qcow2", "a.s1").replace("disk-snapshot", "shutoff");

            Snapshot snapshot = two().when(redefine(beside(off, FILE)))
                    .event(SnapshotRedefined.class)
                    .snapshot();

            assertThat(snapshot.externalDisks().map(d -> d.file().value()))
                    .containsExactly("/images/a.s1", "/images/b.s1");
        }

        @Test
        void needs_its_file_told_when_no_name_can_be_made() {
            String block =
                    "<disk type='block'><driver type='qcow2'/><source dev='/dev/sdb'/><target dev='vdb'/></disk>";

            assertThat(two().when(redefine(beside(external("s1", "", "a.qcow2", "a.s1"), block)))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains("disk \"vdb\" is external without a source");
        }
    }

    @Nested
    class What_is_said_of_a_disk {
        @Test
        void a_disk_that_only_the_snapshot_has_may_not_be_held_by_it() {
            String more = beside(internal("s1", "running"), FILE);

            assertThat(running()
                            .when(redefine(more))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains("disk \"vdb\" is held by the snapshot, and domain web-1 has no such disk");
            running()
                    .when(redefine(more.replace("<disks>", "<disks><disk name='vdb' snapshot='no'/>")))
                    .thenAccepted();
        }

        @Test
        void a_disk_named_that_nobody_has_is_refused_with_those_that_there_are() {
            assertThat(running()
                            .when(redefine(internal("s1", "running").replace("name='vda'", "name='vdz'")))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains("\"vdz\"", "it has [vda]");
        }

        @Test
        void K4_a_file_without_a_driver_is_raw_and_another_than_ours_is_refused() {
            String raw = external("s1", "", "old", "old.s1")
                    .replace("<disk type='file'><driver type='qcow2'/>", "<disk type='file'>");

            GivenDomain domain = running().when(redefine(raw));

            assertThat(layer(domain, "old").image().format()).isEqualTo(ImageFormat.RAW);
            assertThat(running()
                            .when(redefine(external("s1", "", "old", "old.s1")
                                    .replace(
                                            "<disk type='file'><driver type='qcow2'/>",
                                            "<disk type='file'><driver type='qed'/>")))
                            .thenRejected(RejectionCode.UNSUPPORTED_FORMAT)
                            .message())
                    .contains("vda", "qed");
        }

        @Test
        void an_internal_state_on_a_device_is_refused() {
            assertThat(running()
                            .when(redefine(
                                    internal("s1", "running").replace("file='/images/a.qcow2'", "dev='/dev/sda'")))
                            .thenRejected(RejectionCode.UNSUPPORTED)
                            .message())
                    .contains("disk vda of the snapshot's <domain> is no file");
        }

        @Test
        void the_machine_of_that_moment_is_kept_when_it_was_another_one() {
            Snapshot snapshot = running()
                    .when(redefine(beside(internal("s1", "shutoff"), FILE)
                            .replace("unit='MiB'>64<", "unit='MiB'>65<")
                            .replace("<disks>", "<disks><disk name='vdb' snapshot='no'/>")))
                    .event(SnapshotRedefined.class)
                    .snapshot();

            assertThat(snapshot.definition().memoryBytes()).isEqualTo(65L << 20);
            assertThat(snapshot.definition().disks())
                    .extracting(d -> d.target())
                    .containsExactly(VDA, VDB);
            assertThat(running()
                            .when(redefine(internal("s1", "shutoff")))
                            .event(SnapshotRedefined.class)
                            .snapshot()
                            .definition())
                    .isEqualTo(Defined.domain(Defined.qcow2("vda", "/images/a.qcow2")));
        }
    }

    @Nested
    class Memory {
        private final String saved = external("s1", "", "a.qcow2", "a.s1")
                .replace("<state>disk-snapshot", "<state>running")
                .replace("<disks>", "<memory file='/images/m'/><disks>");

        @Test
        void in_a_file_of_another_domain_is_refused() {
            assertThat(running()
                            .takenByOthers("/images/m")
                            .when(redefine(saved))
                            .thenRejected(RejectionCode.FILE_EXISTS)
                            .message())
                    .contains("/images/m");
        }

        @Test
        void may_be_shared_by_snapshots_of_one_domain() {
            running()
                    .when(redefine(saved))
                    .when(redefine(saved.replace("<name>s1<", "<name>s2<").replace("a.s1", "a.s2")))
                    .thenAccepted();
        }

        @Test
        void inside_a_disk_needs_a_disk_that_is_internal() {
            assertThat(running()
                            .when(redefine(
                                    internal("s1", "running").replace("snapshot='internal'/>", "snapshot='no'/>")))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains("<memory>/@snapshot is \"internal\", and no disk of the snapshot is");
        }

        @Test
        void that_was_saved_here_keeps_its_checksum_when_a_document_has_none() {
            GivenDomain domain = running().done(Wishes.withMemory("s1"));
            Snapshot before = domain.state().snapshots().find(named("s1")).orElseThrow();
            String dump = SnapshotDump.of(Defined.WEB, before).write();
            String without = dump.replaceAll("(?s)<cookie>.*</cookie>", "");
            assertThat(without).isNotEqualTo(dump);

            assertThat(domain.when(redefine(without))
                            .event(SnapshotRedefined.class)
                            .snapshot()
                            .memory())
                    .isEqualTo(before.memory());
            domain.when(redefine(without.replace("web-1.s1.mem", "other.mem")))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);
        }
    }

    @Nested
    class Layers {
        @Test
        void a_base_of_another_domain_is_refused() {
            assertThat(running()
                            .takenByOthers("/images/old")
                            .when(redefine(external("s1", "", "old", "old.s1")))
                            .thenRejected(RejectionCode.FILE_EXISTS)
                            .message())
                    .contains("/images/old");
        }

        @Test
        void what_lies_elsewhere_or_beneath_is_told() {
            GivenDomain domain = running().when(redefine(external("s1", "", "a.qcow2", "a.s1")));

            assertThat(domain.when(redefine(external("s2", "", "other", "a.s1")))
                            .thenRejected(RejectionCode.WOULD_CORRUPT)
                            .message())
                    .contains("it lies on /images/a.qcow2");
            assertThat(domain.when(redefine(external("s2", "s1", "a.s1", "a.qcow2")))
                            .thenRejected(RejectionCode.WOULD_CORRUPT)
                            .message())
                    .contains("it is what that lies on");
        }

        @Test
        void the_end_of_what_lies_on_the_active_layer_is_what_the_guest_writes() {
            GivenDomain domain = running()
                    .when(redefine(external("s2", "", "a.s1", "a.s2")))
                    .when(redefine(external("s3", "", "a.s2", "a.s3")))
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")));

            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s3"));
        }

        @Test
        void with_two_ends_nobody_can_tell_what_the_guest_writes() {
            assertThat(running()
                            .when(redefine(external("s2", "", "a.s1", "a.s2")))
                            .when(redefine(external("b", "", "a.s1", "a.b")))
                            .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                            .thenRejected(RejectionCode.WOULD_CORRUPT)
                            .details()
                            .layers())
                    .contains(List.of(path("a.b"), path("a.s2")));
        }

        @Test
        void current_goes_back_to_the_overlay_of_a_revert() {
            String reverted = external("s1", "", "a.qcow2", "a.s1")
                    .replace(
                            "</disks>",
                            "</disks><revertDisks><disk name='vda'><driver type='qcow2'/><source"
                                    + " file='/images/a.1700'/></disk><disk name='vdb'/></revertDisks>");
            GivenDomain domain =
                    running().when(redefine(reverted)).when(redefine(external("s2", "s1", "a.s1", "a.s2"), true));
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s2"));

            domain.when(new SetCurrent(named("s1")));

            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.1700"));
            assertThat(domain.state().layers().leftTipOf(named("s2")))
                    .extracting(Layer::file)
                    .containsExactly(path("a.s2"));
        }

        @Test
        void the_files_that_a_snapshot_no_longer_names_are_the_users_unless_something_reads_them() {
            GivenDomain domain = running(Defined.qcow2("vda", "/images/now"))
                    .when(redefine(external("s1", "", "old", "old.s1")))
                    .when(redefine(external("s2", "", "old", "old.s2")))
                    .when(redefine(internal("in", "shutoff").replace("a.qcow2", "old.s2")))
                    .when(redefine(external("s1", "", "new", "new.s1")))
                    .when(redefine(external("s2", "", "new", "new.s2")));

            assertThat(layer(domain, "old.s1").origin()).isEqualTo(Layer.Origin.RELEASED);
            assertThat(layer(domain, "old.s2").origin()).isEqualTo(Layer.Origin.ADOPTED);
            assertThat(layer(domain, "old").origin()).isEqualTo(Layer.Origin.RELEASED);
            assertThat(domain.state().layers().usersOf(path("new")))
                    .containsExactlyInAnyOrder(named("s1"), named("s2"));
        }

        @Test
        void a_disk_of_the_definition_is_never_released() {
            GivenDomain domain = running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s1", "", "new", "new.s1")));

            assertThat(layer(domain, "a.qcow2").origin()).isEqualTo(Layer.Origin.DEFINED);
            assertThat(layer(domain, "a.s1").origin()).isEqualTo(Layer.Origin.ADOPTED);
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1"));
        }
    }

    private static final String FILE =
            "<disk><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk>";

    private static GivenDomain two() {
        return running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
    }

    private static String beside(String document, String device) {
        return document.replace("</devices>", device + "</devices>");
    }

    private static Layer layer(GivenDomain domain, String file) {
        return domain.state().layers().find(path(file)).orElseThrow();
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
