package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.withMemory;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CreatingSnapshotTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    @Nested
    class Plans {
        @Test
        void a_running_guest_switches_all_disks_at_once_to_overlays_made_before() {
            running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/b.img"))
                    .when(diskOnly("s1"))
                    .thenSteps(
                            overlay(VDA, "/images/a.s1", qcow2("/images/a.qcow2")),
                            overlay(VDB, "/images/b.s1", raw("/images/b.img")),
                            new SwitchActive(List.of(
                                    new Switch(VDA, qcow2("/images/a.qcow2"), qcow2("/images/a.s1")),
                                    new Switch(VDB, raw("/images/b.img"), qcow2("/images/b.s1")))));
        }

        @Test
        void memory_and_disks_change_over_in_one_pause() {
            running()
                    .when(withMemory("s1"))
                    .thenSteps(
                            overlay(VDA, "/images/a.s1", qcow2("/images/a.qcow2")),
                            new CriticalSection(List.of(
                                    new SaveMemory(new HostPath("/images/web-1.s1.mem")),
                                    new SwitchActive(List.of(
                                            new Switch(VDA, qcow2("/images/a.qcow2"), qcow2("/images/a.s1")))))));
        }

        @Test
        void memory_alone_is_saved_in_a_pause_of_its_own() {
            running()
                    .when(withMemory("s1", Wishes.disk("vda", CaptureMode.NONE)))
                    .thenSteps(new CriticalSection(List.of(new SaveMemory(new HostPath("/images/web-1.s1.mem")))));
        }

        @Test
        void a_guest_that_is_off_only_needs_the_overlays() {
            shutoff().when(diskOnly("s1")).thenSteps(overlay(VDA, "/images/a.s1", qcow2("/images/a.qcow2")));
        }

        @Test
        void the_plan_assumes_what_the_ledger_knows() {
            SnapshotCreationRequested event =
                    running().done(diskOnly("s1")).when(diskOnly("s2")).event(SnapshotCreationRequested.class);

            assertThat(event.plan().assumes().runState()).isEqualTo(RunState.RUNNING);
            assertThat(event.plan().assumes().disks().getFirst().layers())
                    .containsExactly(qcow2("/images/a.s1"), qcow2("/images/a.qcow2"));
        }

        @Test
        void a_disk_that_says_none_in_the_definition_takes_no_part() {
            running(
                            Defined.qcow2("vda", "/images/a.qcow2"),
                            Defined.byDefault("vdb", "/images/b.qcow2", CaptureMode.NONE),
                            Defined.readOnly("vdc", "/images/c.iso"))
                    .when(diskOnly("s1"))
                    .thenSteps(
                            overlay(VDA, "/images/a.s1", qcow2("/images/a.qcow2")),
                            new SwitchActive(
                                    List.of(new Switch(VDA, qcow2("/images/a.qcow2"), qcow2("/images/a.s1")))));
        }

        @Test
        void a_guest_never_seen_is_taken_to_run_when_it_has_a_monitor() {
            SnapshotCreationRequested event = given(Defined.domain(Defined.qcow2("vda", "/images/a.qcow2")))
                    .when(diskOnly("s1"))
                    .event(SnapshotCreationRequested.class);

            assertThat(event.plan().assumes().runState()).isEqualTo(RunState.RUNNING);
        }
    }

    @Nested
    class Memories {
        private final DomainDefinition unseen = withoutMonitor(Defined.qcow2("vda", "/images/vm/a.qcow2"));

        @Test
        void who_asks_for_one_takes_the_guest_to_run_as_long_as_nobody_has_seen_it() {
            assertThat(given(unseen)
                            .when(withMemory("s1"))
                            .opening()
                            .plan()
                            .assumes()
                            .runState())
                    .isEqualTo(RunState.RUNNING);
            assertThat(given(unseen)
                            .when(Wishes.withoutMemory("s1"))
                            .opening()
                            .plan()
                            .assumes()
                            .runState())
                    .isEqualTo(RunState.SHUTOFF);
            given(unseen).seen(RunState.SHUTOFF).when(withMemory("s1")).thenRejected(RejectionCode.NO_MEMORY_TO_SAVE);
        }

        @Test
        void a_launch_definition_is_a_way_to_the_guest_too() {
            given(unseen).seen(RunState.RUNNING).when(diskOnly("s1")).thenAccepted();
        }

        @Test
        void one_that_nobody_named_lies_beside_the_first_disk() {
            assertThat(given(unseen)
                            .when(withMemory("s1"))
                            .event(SnapshotCreationRequested.class)
                            .snapshot()
                            .memory())
                    .isEqualTo(new MemoryCapture.External(new HostPath("/images/vm/web-1.s1.mem"), Optional.empty()));
        }

        private static DomainDefinition withoutMonitor(Disk disk) {
            DomainDefinition d = Defined.domain(disk);
            return new DomainDefinition(
                    d.name(), d.host(), d.disks(), d.memoryBytes(), Optional.empty(), Optional.empty(), d.launch());
        }
    }

    @Nested
    class Snapshots {
        @Test
        void names_of_overlays_cut_the_source_after_its_last_dot() {
            Snapshot snapshot = running(Defined.qcow2("vda", "/images/v1.2/a.b.qcow2"))
                    .when(diskOnly("e1"))
                    .event(SnapshotCreationRequested.class)
                    .snapshot();

            assertThat(snapshot.disks())
                    .containsExactly(new DiskCapture.External(
                            VDA,
                            new HostPath("/images/v1.2/a.b.qcow2"),
                            new HostPath("/images/v1.2/a.b.e1"),
                            ImageFormat.QCOW2));
        }

        @Test
        void N2_N3_a_name_not_given_is_the_second_and_made_unique() {
            GivenDomain domain = running();
            CreateSnapshot unnamed = Wishes.create(Optional.empty(), Optional.empty(), true, List.of());
            String second = Long.toString(GivenDomain.AT.getEpochSecond());

            domain.done(unnamed).done(unnamed).done(unnamed);

            assertThat(domain.state().snapshots().all())
                    .extracting(s -> s.name().value())
                    .containsExactlyInAnyOrder(second, second + "-2", second + "-3");
        }

        @Test
        void a_new_snapshot_is_the_child_of_current_and_becomes_current() {
            GivenDomain domain = running().done(diskOnly("s1")).done(diskOnly("s2"));

            assertThat(domain.state().snapshots().current()).contains(new SnapshotName("s2"));
            assertThat(domain.state()
                            .snapshots()
                            .find(new SnapshotName("s2"))
                            .orElseThrow()
                            .parent())
                    .contains(new SnapshotName("s1"));
        }

        @Test
        void the_state_tells_whether_memory_was_saved() {
            assertThat(running()
                            .when(withMemory("m"))
                            .event(SnapshotCreationRequested.class)
                            .snapshot()
                            .state())
                    .isEqualTo(SnapshotState.RUNNING);
            assertThat(running()
                            .when(diskOnly("d"))
                            .event(SnapshotCreationRequested.class)
                            .snapshot()
                            .state())
                    .isEqualTo(SnapshotState.DISK_SNAPSHOT);
            assertThat(shutoff()
                            .when(diskOnly("o"))
                            .event(SnapshotCreationRequested.class)
                            .snapshot()
                            .state())
                    .isEqualTo(SnapshotState.SHUTOFF);
        }

        @Test
        void what_was_written_of_the_memory_is_recorded() {
            SnapshotCreated event =
                    running().when(withMemory("s1")).whenFinished().event(SnapshotCreated.class);

            assertThat(event.snapshot().memory())
                    .isInstanceOfSatisfying(
                            MemoryCapture.External.class,
                            m -> assertThat(m.saved()).isPresent());
        }
    }

    @Nested
    class Refusals {
        @Test
        void a_name_that_is_taken() {
            Rejection rejection =
                    running().done(diskOnly("s1")).when(diskOnly("s1")).thenRejected(RejectionCode.SNAPSHOT_EXISTS);

            assertThat(rejection.details().snapshots()).contains(List.of(new SnapshotName("s1")));
        }

        @Test
        void O4_a_domain_that_is_busy_and_by_what() {
            GivenDomain domain = running().when(diskOnly("s1"));

            Rejection rejection = domain.when(diskOnly("s2")).thenRejected(RejectionCode.DOMAIN_BUSY);

            assertThat(rejection.details().operation()).contains(domain.operation());
        }

        @Test
        void a_file_that_the_domain_or_another_one_has() {
            running()
                    .when(withoutMemory("s1", Wishes.file("vda", "/images/a.qcow2")))
                    .thenRejected(RejectionCode.FILE_EXISTS);
            running().takenByOthers("/images/a.s1").when(diskOnly("s1")).thenRejected(RejectionCode.FILE_EXISTS);
        }

        @Test
        void two_disks_that_would_get_one_file() {
            running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/a.img"))
                    .when(diskOnly("s1"))
                    .thenRejected(RejectionCode.FILE_EXISTS);
        }

        @Test
        void a_file_outside_the_storage_roots() {
            running()
                    .when(withoutMemory("s1", Wishes.file("vda", "/etc/passwd")))
                    .thenRejected(RejectionCode.PATH_NOT_ALLOWED);
        }

        @Test
        void an_overlay_that_is_raw() {
            running()
                    .when(withoutMemory("s1", Wishes.format("vda", ImageFormat.RAW)))
                    .thenRejected(RejectionCode.UNSUPPORTED_FORMAT);
        }

        @Test
        void a_disk_that_is_not_there_or_named_twice() {
            running()
                    .when(withoutMemory("s1", Wishes.disk("vdz", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.MALFORMED);
            running()
                    .when(withoutMemory(
                            "s1", Wishes.disk("vda", CaptureMode.EXTERNAL), Wishes.disk("vda", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.MALFORMED);
        }

        @Test
        void a_chain_of_more_than_200_layers() {
            GivenDomain domain = shutoff();
            for (int i = 1; i < 200; i++) {
                domain.done(diskOnly("s" + i));
            }

            domain.when(diskOnly("s200")).thenRejected(RejectionCode.CHAIN_TOO_DEEP);
        }

        @Test
        void an_expectation_that_no_longer_holds() {
            CreateSnapshot plain = diskOnly("s2");
            CreateSnapshot expecting = new CreateSnapshot(
                    plain.name(),
                    plain.description(),
                    plain.memory(),
                    plain.disks(),
                    true,
                    false,
                    false,
                    false,
                    false,
                    false,
                    false,
                    Optional.of(new SnapshotName("s0")),
                    Optional.empty());

            running().done(diskOnly("s1")).when(expecting).thenRejected(RejectionCode.STALE_EXPECTATION);
        }

        @Test
        void a_step_that_the_host_does_not_announce() {
            HostReport host = Defined.host();
            HostReport weak = new HostReport(
                    host.host(),
                    host.epoch(),
                    host.storageRoots(),
                    host.socketFolder(),
                    host.launches(),
                    host.qemuVersion(),
                    List.of("MakeOverlay", "SwitchActive"),
                    host.freeBytes());

            Rejection rejection = running()
                    .with(Facts.of(Optional.of(new HostFacts(weak, false))))
                    .when(withMemory("s1"))
                    .thenRejected(RejectionCode.UNSUPPORTED);

            assertThat(rejection.message()).contains("CriticalSection, SaveMemory");
        }

        @Test
        void a_host_that_is_silent_or_was_never_heard_of() {
            running()
                    .with(Facts.of(Optional.of(new HostFacts(Defined.host(), true))))
                    .when(diskOnly("s1"))
                    .thenRejected(RejectionCode.HOST_SILENT);
            running().with(Facts.of(Optional.empty())).when(diskOnly("s1")).thenRejected(RejectionCode.HOST_UNKNOWN);
        }

        @Test
        void A1_a_domain_that_is_not_defined() {
            GivenDomain.notDefined().when(diskOnly("s1")).thenRejected(RejectionCode.DOMAIN_NOT_FOUND);
        }
    }

    private static Step overlay(DiskTarget target, String file, Image backing) {
        return new MakeOverlay(target, qcow2(file), backing);
    }

    private static Image qcow2(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }

    private static Image raw(String file) {
        return new Image(new HostPath(file), ImageFormat.RAW);
    }
}
