package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.named;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.DescribeSnapshot;
import io.snapledger.schema.domain.DomainCommand.RedefineSnapshot;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDescribed;
import io.snapledger.schema.domain.DomainEvent.SnapshotMadeCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.xml.SnapshotDump;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedefiningTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    @Nested
    class What_is_taken {
        @Test
        void an_external_snapshot_brings_its_layers() {
            GivenDomain domain = running().when(redefine(external("s1", "", "a.qcow2", "a.s1")));

            SnapshotRedefined event = domain.event(SnapshotRedefined.class);
            assertThat(event.snapshot().disks())
                    .containsExactly(new DiskCapture.External(
                            VDA,
                            new HostPath("/images/a.qcow2"),
                            new HostPath("/images/a.s1"),
                            io.snapledger.schema.disk.ImageFormat.QCOW2));
            assertThat(event.snapshot().state()).isEqualTo(SnapshotState.DISK_SNAPSHOT);
            assertThat(layer(domain, "a.s1").origin()).isEqualTo(Layer.Origin.ADOPTED);
            assertThat(layer(domain, "a.s1").backing()).contains(new HostPath("/images/a.qcow2"));
            assertThat(domain.state().snapshots().current()).isEmpty();
        }

        @Test
        void what_lies_on_the_active_layer_is_what_the_guest_writes() {
            GivenDomain domain = running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2"), true));

            assertThat(active(domain)).isEqualTo("/images/a.s2");
            assertThat(domain.state().snapshots().current()).contains(named("s2"));
            assertThat(domain.state().layers().tipOf(named("s2")))
                    .extracting(l -> l.file().value())
                    .containsExactly("/images/a.s2");
        }

        @Test
        void a_domain_defined_with_its_present_file_gets_what_lies_beneath() {
            GivenDomain domain = running(Defined.qcow2("vda", "/images/a.s2"))
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2"), true));

            assertThat(active(domain)).isEqualTo("/images/a.s2");
            assertThat(domain.state().layers().imagesFrom(new HostPath("/images/a.s2")).stream()
                            .map(i -> i.file().value()))
                    .containsExactly("/images/a.s2", "/images/a.s1", "/images/a.qcow2");
        }

        @Test
        void a_branch_that_came_first_does_not_stay_active() {
            GivenDomain domain = running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("b", "s1", "a.s1", "a.b")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2"), true));

            assertThat(active(domain)).isEqualTo("/images/a.s2");
            assertThat(domain.state().layers().leftTipOf(named("b")))
                    .extracting(l -> l.file().value())
                    .containsExactly("/images/a.b");
        }

        @Test
        void an_overlay_of_a_revert_is_what_the_guest_writes() {
            String reverted = external("s1", "", "a.qcow2", "a.s1")
                    .replace(
                            "</disks>",
                            "</disks><revertDisks><disk name='vda'><driver type='qcow2'/><source"
                                    + " file='/images/a.1700'/></disk></revertDisks>");
            GivenDomain domain = running()
                    .when(redefine(reverted))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2")))
                    .when(new SetCurrent(named("s1")));

            assertThat(active(domain)).isEqualTo("/images/a.1700");
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
        }

        @Test
        void an_internal_snapshot_is_a_tag_in_the_file_of_that_moment() {
            SnapshotRedefined event =
                    running().when(redefine(internal("in", "running"))).event(SnapshotRedefined.class);

            assertThat(event.snapshot().disks())
                    .containsExactly(new DiskCapture.Internal(VDA, new HostPath("/images/a.qcow2"), "in"));
            assertThat(event.snapshot().memory())
                    .isEqualTo(new MemoryCapture.Internal(new HostPath("/images/a.qcow2"), "in", true));
        }

        @ParameterizedTest
        @CsvSource({
            "running,RUNNING",
            "blocked,RUNNING",
            "paused,PAUSED",
            "pmsuspended,PAUSED",
            "shutdown,CRASHED",
            "crashed,CRASHED",
            "shutoff,SHUTOFF"
        })
        void each_state_of_libvirts_is_taken_and_told_again(String word, SnapshotState state) {
            GivenDomain domain = running().when(redefine(internal("in", word)));

            Snapshot snapshot = domain.event(SnapshotRedefined.class).snapshot();
            assertThat(snapshot.state()).isEqualTo(state);
            assertThat(SnapshotDump.of(Defined.WEB, snapshot).write()).contains("<state>" + word + "</state>");
        }

        @Test
        void R9_nobody_looks_whether_the_files_are_there() {
            running().when(redefine(external("s1", "", "none", "such"))).thenAccepted();
        }

        @Test
        void a_document_that_was_dumped_comes_back_the_same() {
            GivenDomain domain = running().when(redefine(external("s1", "", "a.qcow2", "a.s1")));
            String dump = dump(domain, "s1");

            assertThat(dump(domain.when(redefine(dump)), "s1")).isEqualTo(dump);
            assertThat(domain.events()).hasSize(1);
        }

        @Test
        void a_snapshot_of_our_own_can_be_redefined_with_its_dump() {
            GivenDomain domain = running().done(Wishes.withMemory("s1"));
            Snapshot before = domain.state().snapshots().find(named("s1")).orElseThrow();
            String dump = dump(domain, "s1");

            Snapshot after = domain.when(
                            redefine(dump.replace("<name>s1</name>", "<name>s1</name><description>x</description>")))
                    .event(SnapshotRedefined.class)
                    .snapshot();

            assertThat(after.description()).contains("x");
            assertThat(after.disks()).isEqualTo(before.disks());
            assertThat(after.memory()).isEqualTo(before.memory());
            assertThat(after.definition()).isEqualTo(before.definition());
            assertThat(dump(domain, "s1"))
                    .isEqualTo(
                            dump.replace("</name>\n  <state>", "</name>\n  <description>x</description>\n  <state>"));
        }
    }

    @Nested
    class Rules {
        @ParameterizedTest
        @ValueSource(strings = {"name", "state", "creationTime"})
        void R1_name_state_and_time_are_required(String part) {
            running()
                    .when(redefine(internal("s", "running").replaceAll("<" + part + ">[^<]*</" + part + ">", "")))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R2_a_snapshot_is_not_its_own_parent() {
            running().when(redefine(external("s1", "s1", "a.qcow2", "a.s1"))).thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R2_a_parent_is_known_before_its_children() {
            Rejection rejection = running()
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2")))
                    .thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);

            assertThat(rejection.details().snapshots().orElseThrow()).containsExactly(named("s1"));
        }

        @Test
        void R2_no_snapshot_lies_beneath_itself() {
            running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2")))
                    .when(redefine(external("s1", "s2", "a.qcow2", "a.s1")))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R3_the_embedded_domain_is_this_domain() {
            Rejection rejection = running()
                    .when(redefine(internal("s", "running")
                            .replace(Defined.WEB.toString(), "00000000-0000-4000-8000-000000000001")))
                    .thenRejected(RejectionCode.INVALID_XML);

            assertThat(rejection.message()).contains("00000000-0000-4000-8000-000000000001", Defined.WEB.toString());
            running()
                    .when(redefine(internal("s", "running").replaceAll("<uuid>.*</uuid>", "")))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R4_W4_a_new_snapshot_brings_its_domain() {
            String without = internal("s", "running").replaceAll("(?s)<domain .*</domain>", "");

            running().when(redefine(without)).thenRejected(RejectionCode.INVALID_XML);
            running()
                    .when(redefine(without.replace(
                            "</domainsnapshot>", "<domain><uuid>" + Defined.WEB + "</uuid></domain></domainsnapshot>")))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R4_a_known_snapshot_keeps_its_domain() {
            GivenDomain domain = running().when(redefine(internal("s", "running")));
            String dump = dump(domain, "s");

            domain.when(redefine(dump.replaceAll("(?s)<domain .*</domain>", "")))
                    .thenAccepted();

            assertThat(dump(domain, "s")).isEqualTo(dump);
        }

        @ParameterizedTest
        @CsvSource({
            "running,shutoff",
            "shutoff,running",
            "paused,crashed",
            "running,disk-snapshot",
            "disk-snapshot,shutoff"
        })
        void R5_a_known_snapshot_stays_of_its_kind(String was, String is) {
            running()
                    .when(redefine(internal("s", was).replace("disk-snapshot</state>", "disk-snapshot</state>")))
                    .thenAccepted()
                    .when(redefine(internal("s", is)))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R5_running_and_paused_may_stand_for_each_other() {
            running()
                    .when(redefine(internal("s", "running")))
                    .when(redefine(internal("s", "paused")))
                    .thenAccepted();
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<memory unit='MiB'>64</memory>|<memory unit='MiB'>65</memory>",
                    "<vcpu>2</vcpu>|<vcpu>3</vcpu>",
                    "machine='pc'|machine='q35'",
                    "<target dev='vda'/>|<target dev='vdb'/>"
                })
        void R5_a_known_snapshot_is_of_the_same_guest(String was, String is) {
            running()
                    .when(redefine(internal("s", "running")))
                    .when(redefine(internal("s", "running").replace(was, is)))
                    .thenRejected(RejectionCode.INVALID_XML);
        }

        @Test
        void R7_disks_left_out_are_internal_unless_something_is_external() {
            GivenDomain two = running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
            String second =
                    "<disk type='file'><driver type='qcow2'/><source file='/images/b.qcow2'/><target dev='vdb'/></disk></devices>";

            assertThat(two.when(redefine(internal("in", "running").replace("</devices>", second)))
                            .event(SnapshotRedefined.class)
                            .snapshot()
                            .disks())
                    .allMatch(DiskCapture.Internal.class::isInstance);
            Snapshot ex = two.when(
                            redefine(external("ex", "", "a.qcow2", "a.ex").replace("</devices>", second)))
                    .event(SnapshotRedefined.class)
                    .snapshot();
            assertThat(ex.externalDisks().map(d -> d.file().value())).containsExactly("/images/a.ex", "/images/b.ex");
            assertThat(SnapshotDump.of(Defined.WEB, ex).write()).contains("<source file='/images/b.ex'/>");
        }

        @Test
        void R8_children_stay_the_children_and_current_stays_current() {
            GivenDomain domain = running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2"), true))
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")));

            assertThat(domain.state().snapshots().childrenOf(named("s1"))).containsExactly(named("s2"));
            assertThat(domain.state().snapshots().current()).contains(named("s2"));
        }

        @Test
        void R8_a_snapshot_can_be_hung_under_another_parent() {
            GivenDomain domain = running()
                    .when(redefine(internal("a", "running")))
                    .when(redefine(internal("b", "running")))
                    .when(redefine(internal("c", "running", "a")))
                    .when(redefine(internal("c", "running", "b")));

            assertThat(domain.state().snapshots().childrenOf(named("a"))).isEmpty();
            assertThat(domain.state().snapshots().childrenOf(named("b"))).containsExactly(named("c"));
        }

        @Test
        void K2_a_disk_may_be_named_by_its_source() {
            assertThat(running()
                            .when(redefine(external("s1", "", "a.qcow2", "a.s1")
                                    .replace("disk name='vda'", "disk name='/images/a.qcow2'")))
                            .event(SnapshotRedefined.class)
                            .snapshot()
                            .externalDisks())
                    .hasSize(1);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<disk name='vdz'/>|INVALID_XML",
                    "<disk name='vda'/><disk name='vda'/>|INVALID_XML",
                    "<disk name='vda' snapshot='no'><source file='/images/x'/></disk>|INVALID_XML",
                    "<disk name='vda'><source file='/images/a.qcow2'/></disk>|INVALID_XML",
                    "<disk name='vda'><source file='/etc/passwd'/></disk>|PATH_NOT_ALLOWED",
                    "<disk name='vda' type='block'><source dev='/dev/sdb'/></disk>|UNSUPPORTED",
                    "<disk name='vda'><driver type='qed'/></disk>|UNSUPPORTED_FORMAT"
                })
        void disks_that_cannot_be_are_refused(String disks, RejectionCode code) {
            running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")
                            .replaceAll("(?s)<disks>.*</disks>", "<disks>" + disks + "</disks>")))
                    .thenRejected(code);
        }
    }

    @Nested
    class Guards {
        @Test
        void a_file_of_another_domain_is_refused() {
            running()
                    .takenByOthers("/images/a.s1")
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .thenRejected(RejectionCode.FILE_EXISTS);
        }

        @Test
        void a_layer_does_not_change_what_it_lies_on() {
            running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "", "other", "a.s1")))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);
        }

        @Test
        void layers_do_not_lie_on_each_other_in_a_circle() {
            running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1")))
                    .when(redefine(external("s2", "s1", "a.s1", "a.qcow2")))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);
        }

        @Test
        void the_files_of_a_snapshot_that_was_taken_here_are_known_better_here() {
            GivenDomain domain = running().done(Wishes.diskOnly("s1"));

            domain.when(redefine(dump(domain, "s1").replace("/images/a.s1", "/images/b.s1")))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);
        }

        @Test
        void a_chain_deeper_than_can_be_read_is_refused() {
            GivenDomain domain = running();
            for (int i = 1; i < 200; i++) {
                domain.when(redefine(external(
                                "s" + i, i == 1 ? "" : "s" + (i - 1), i == 1 ? "a.qcow2" : "a." + (i - 1), "a." + i)))
                        .thenAccepted();
            }

            domain.when(redefine(external("s200", "s199", "a.199", "a.200")))
                    .thenRejected(RejectionCode.CHAIN_TOO_DEEP);
        }

        @Test
        void nothing_that_was_adopted_is_ever_removed() {
            String memory = external("s1", "", "a.qcow2", "a.s1")
                    .replace("<state>disk-snapshot", "<state>running")
                    .replace("<disks>", "<memory file='/images/m'/><disks>");
            GivenDomain domain =
                    shutoff().when(redefine(memory)).when(redefine(external("s2", "s1", "a.s1", "a.s2"), true));

            DeletionRequested deletion = domain.when(Wishes.delete("s1")).event(DeletionRequested.class);

            assertThat(deletion.plan().steps()).noneMatch(Step.RemoveFile.class::isInstance);
        }

        @Test
        void the_memory_of_a_branch_from_an_adopted_snapshot_stays_too() {
            String memory = external("s1", "", "a.qcow2", "a.s1")
                    .replace("<state>disk-snapshot", "<state>running")
                    .replace("<disks>", "<memory file='/images/m'/><disks>");
            GivenDomain domain = shutoff()
                    .when(redefine(memory))
                    .when(redefine(external("s2", "s1", "a.s1", "a.s2"), true))
                    .done(Wishes.branch("s1", "b"))
                    .done(Wishes.delete("s1"));

            DeletionRequested deletion = domain.when(Wishes.delete("b")).event(DeletionRequested.class);

            assertThat(deletion.plan().steps())
                    .filteredOn(Step.RemoveFile.class::isInstance)
                    .extracting(s -> ((Step.RemoveFile) s).file().value())
                    .doesNotContain("/images/m", "/images/a.qcow2", "/images/a.s1", "/images/a.s2");
        }

        @Test
        void a_busy_domain_is_not_redefined() {
            running()
                    .when(Wishes.diskOnly("s1"))
                    .when(redefine(internal("s", "running")))
                    .thenRejected(RejectionCode.DOMAIN_BUSY);
        }

        @Test
        void the_next_snapshot_lies_on_what_was_adopted() {
            GivenDomain domain = running()
                    .when(redefine(external("s1", "", "a.qcow2", "a.s1"), true))
                    .done(Wishes.diskOnly("s2"));

            DomainState state = domain.state();
            assertThat(state.snapshots().find(named("s2")).orElseThrow().parent())
                    .contains(named("s1"));
            assertThat(state.layers()
                            .find(new HostPath("/images/a.s2"))
                            .orElseThrow()
                            .backing())
                    .contains(new HostPath("/images/a.s1"));
        }

        @Test
        void what_a_redefinition_gives_up_is_kept_for_the_user() {
            GivenDomain domain = running(Defined.qcow2("vda", "/images/now"))
                    .when(redefine(external("s1", "", "old", "old.s1")))
                    .when(redefine(external("s1", "", "new", "new.s1")));

            assertThat(layer(domain, "old").origin()).isEqualTo(Layer.Origin.RELEASED);
            assertThat(layer(domain, "new").origin()).isEqualTo(Layer.Origin.ADOPTED);
        }
    }

    @Nested
    class Current {
        @Test
        void T2_current_moves_and_nothing_else_does() {
            GivenDomain domain = running()
                    .done(Wishes.diskOnly("s1"))
                    .done(Wishes.diskOnly("s2"))
                    .when(new SetCurrent(named("s1")));

            assertThat(domain.events()).containsExactly(new SnapshotMadeCurrent(named("s1"), List.of()));
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(active(domain)).isEqualTo("/images/a.s2");
            domain.when(new SetCurrent(named("s2"))).thenAccepted();
        }

        @Test
        void T2_what_is_current_already_needs_no_event() {
            running()
                    .done(Wishes.diskOnly("s1"))
                    .when(new SetCurrent(named("s1")))
                    .thenNothing();
        }

        @Test
        void N11_an_unknown_snapshot_is_not_found() {
            running().when(new SetCurrent(named("none"))).thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
            running().when(new DescribeSnapshot(named("none"), "x")).thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
        }

        @Test
        void a_snapshot_that_has_a_tip_of_its_own_is_reverted_to_instead() {
            running()
                    .done(Wishes.diskOnly("s1"))
                    .done(Wishes.diskOnly("s2"))
                    .done(Wishes.revert("s1"))
                    .when(new SetCurrent(named("s2")))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);
        }
    }

    @Nested
    class Descriptions {
        @Test
        void a_snapshot_is_described_and_no_more_described() {
            GivenDomain domain = given(Defined.domain(Defined.qcow2("vda", "/images/a.qcow2")))
                    .done(Wishes.diskOnly("s1"))
                    .when(new DescribeSnapshot(named("s1"), "before\nall"));

            assertThat(domain.events()).containsExactly(new SnapshotDescribed(named("s1"), Optional.of("before\nall")));
            domain.when(new DescribeSnapshot(named("s1"), "before\nall")).thenNothing();
            domain.when(new DescribeSnapshot(named("s1"), ""));
            assertThat(domain.state()
                            .snapshots()
                            .find(named("s1"))
                            .orElseThrow()
                            .description())
                    .isEmpty();
        }
    }

    static RedefineSnapshot redefine(String xml) {
        return redefine(xml, false);
    }

    static RedefineSnapshot redefine(String xml, boolean current) {
        return new RedefineSnapshot(xml, current);
    }

    static String external(String name, String parent, String base, String file) {
        return document(
                name,
                parent,
                "disk-snapshot",
                "<disks><disk name='vda' snapshot='external'><driver type='qcow2'/><source file='/images/" + file
                        + "'/></disk></disks>",
                base);
    }

    static String internal(String name, String state) {
        return internal(name, state, "");
    }

    static String internal(String name, String state, String parent) {
        return document(name, parent, state, "<disks><disk name='vda' snapshot='internal'/></disks>", "a.qcow2");
    }

    private static String document(String name, String parent, String state, String disks, String source) {
        return """
                <domainsnapshot>
                  <name>%s</name>
                  <state>%s</state>
                  %s
                  <creationTime>1700000000</creationTime>
                  %s
                  <domain type='kvm'>
                    <name>web-1</name>
                    <uuid>%s</uuid>
                    <memory unit='MiB'>64</memory>
                    <vcpu>2</vcpu>
                    <os><type arch='x86_64' machine='pc'>hvm</type></os>
                    <devices>
                      <disk type='file'><driver type='qcow2'/><source file='/images/%s'/><target dev='vda'/></disk></devices>
                  </domain>
                </domainsnapshot>
                """.formatted(
                        name,
                        state,
                        parent.isEmpty() ? "" : "<parent><name>" + parent + "</name></parent>",
                        disks,
                        Defined.WEB,
                        source);
    }

    private static String dump(GivenDomain domain, String name) {
        return SnapshotDump.of(
                        Defined.WEB,
                        domain.state().snapshots().find(named(name)).orElseThrow())
                .write();
    }

    private static Layer layer(GivenDomain domain, String file) {
        return domain.state().layers().find(new HostPath("/images/" + file)).orElseThrow();
    }

    private static String active(GivenDomain domain) {
        return domain.state().layers().active(VDA).file().value();
    }
}
