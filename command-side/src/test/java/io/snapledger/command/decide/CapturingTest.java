package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.disk;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeMemoryImage;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The plan and the record for each way of capturing: DESIGN.md §5, in the orders that QEMU proves right. */
class CapturingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final Disk A = Defined.qcow2("vda", "/images/a.qcow2");
    private static final Disk B = Defined.qcow2("vdb", "/images/b.qcow2");
    private static final Tag TAG_A = new Tag(VDA, qcow2("/images/a.qcow2"), "s1");
    private static final Tag TAG_B = new Tag(VDB, qcow2("/images/b.qcow2"), "s1");
    private static final Step OVERLAY_B = new MakeOverlay(VDB, qcow2("/images/b.s1"), qcow2("/images/b.qcow2"));
    private static final Step SWITCH_B =
            new SwitchActive(List.of(new Switch(VDB, qcow2("/images/b.qcow2"), qcow2("/images/b.s1"))));
    private static final HostPath MEMORY = new HostPath("/images/web-1.s1.mem");
    private static final HostPath MEMORY_IMAGE = new HostPath("/images/web-1.s1.mem.qcow2");
    private static final DiskRequest[] MIXED = {disk("vda", CaptureMode.INTERNAL), disk("vdb", CaptureMode.EXTERNAL)};

    @Nested
    class Offline {
        @Test
        void tags_of_all_disks_are_made_in_one_instant() {
            GivenDomain domain = shutoff(A, B).when(asked(Optional.empty()));

            domain.thenSteps(new MakeTags(List.of(TAG_A, TAG_B)));
            assertThat(snapshot(domain).disks()).containsExactly(internal(TAG_A), internal(TAG_B));
            assertThat(snapshot(domain).state()).isEqualTo(SnapshotState.SHUTOFF);
        }

        @Test
        void an_overlay_beside_a_tag_is_made_first_because_it_changes_nothing() {
            shutoff(A, B).when(asked(Optional.empty(), MIXED)).thenSteps(OVERLAY_B, new MakeTags(List.of(TAG_A)));
        }
    }

    @Nested
    class WithoutMemory {
        @Test
        void tags_alone_are_one_transaction_and_need_no_pause() {
            GivenDomain domain = running(A, B)
                    .when(asked(
                            Optional.of(CaptureMode.NONE),
                            disk("vda", CaptureMode.INTERNAL),
                            disk("vdb", CaptureMode.INTERNAL)));

            domain.thenSteps(new MakeTags(List.of(TAG_A, TAG_B)));
            assertThat(snapshot(domain).state()).isEqualTo(SnapshotState.DISK_SNAPSHOT);
        }

        @Test
        void tags_and_overlays_change_over_together() {
            running(A, B)
                    .when(asked(Optional.of(CaptureMode.NONE), MIXED))
                    .thenSteps(OVERLAY_B, new CriticalSection(List.of(new MakeTags(List.of(TAG_A)), SWITCH_B)));
        }
    }

    @Nested
    class WithMemoryInside {
        @Test
        void memory_and_disks_are_saved_by_one_job_into_the_first_disk() {
            GivenDomain domain = running(A, B).when(asked(Optional.empty()));

            domain.thenSteps(new SaveMachine("s1", new HostPath("/images/a.qcow2"), List.of(TAG_A, TAG_B)));
            assertThat(snapshot(domain).memory())
                    .isEqualTo(new MemoryCapture.Internal(new HostPath("/images/a.qcow2"), "s1"));
        }

        @Test
        void the_disk_that_holds_the_memory_can_be_named() {
            running(A, B)
                    .when(Wishes.memoryInDisk("s1", "vdb"))
                    .thenSteps(new SaveMachine("s1", new HostPath("/images/b.qcow2"), List.of(TAG_A, TAG_B)));
        }

        @Test
        void a_disk_that_is_to_hold_the_memory_says_that_it_is_internal() {
            CreateSnapshot named = Wishes.memoryInDisk("s1", "vda");
            CreateSnapshot asked = new CreateSnapshot(
                    named.name(),
                    named.description(),
                    named.memory().map(m -> new MemoryRequest(Optional.empty(), m.file(), m.disk(), m.compression())),
                    named.disks(),
                    false,
                    false,
                    false,
                    false,
                    false,
                    false,
                    false,
                    Optional.empty(),
                    Optional.empty());

            assertThat(running()
                            .when(asked)
                            .event(SnapshotCreationRequested.class)
                            .snapshot()
                            .memory())
                    .isInstanceOf(MemoryCapture.Internal.class);
        }

        @Test
        void a_disk_that_takes_no_part_inside_cannot_hold_the_memory() {
            Rejection rejection = running(A, B)
                    .when(Wishes.memoryInDisk("s1", "vdb", MIXED))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);

            assertThat(rejection.details().field()).contains("memory.disk");
            running(A).when(Wishes.memoryInDisk("s1", "vdz")).thenRejected(RejectionCode.MALFORMED);
        }

        @Test
        void the_pause_encloses_the_job_and_the_switch_of_the_other_disks() {
            running(A, B)
                    .when(asked(Optional.of(CaptureMode.INTERNAL), MIXED))
                    .thenSteps(
                            OVERLAY_B,
                            section(new SaveMachine("s1", new HostPath("/images/a.qcow2"), List.of(TAG_A)), SWITCH_B));
        }

        @Test
        void without_an_internal_disk_it_goes_into_a_small_image_made_before() {
            GivenDomain domain = running(A, B)
                    .when(asked(
                            Optional.of(CaptureMode.INTERNAL),
                            disk("vda", CaptureMode.NONE),
                            disk("vdb", CaptureMode.EXTERNAL)));

            domain.thenSteps(
                    OVERLAY_B,
                    new MakeMemoryImage(MEMORY_IMAGE),
                    section(new SaveMachine("s1", MEMORY_IMAGE, List.of()), SWITCH_B));
            assertThat(snapshot(domain).memory()).isEqualTo(new MemoryCapture.Internal(MEMORY_IMAGE, "s1"));
        }

        @Test
        void alone_it_needs_no_disk_at_all() {
            running(A)
                    .when(asked(Optional.of(CaptureMode.INTERNAL), disk("vda", CaptureMode.NONE)))
                    .thenSteps(new MakeMemoryImage(MEMORY_IMAGE), new SaveMachine("s1", MEMORY_IMAGE, List.of()));
        }
    }

    @Nested
    class WithMemoryInAFile {
        @Test
        void overlays_switch_after_it_because_it_is_what_may_fail() {
            running(B)
                    .when(asked(Optional.of(CaptureMode.EXTERNAL)))
                    .thenSteps(OVERLAY_B, section(new SaveMemory(MEMORY), SWITCH_B));
        }

        @Test
        void tags_are_made_before_it_because_qemu_makes_none_afterwards() {
            running(A)
                    .when(asked(Optional.of(CaptureMode.EXTERNAL), disk("vda", CaptureMode.INTERNAL)))
                    .thenSteps(section(new MakeTags(List.of(TAG_A)), new SaveMemory(MEMORY)));
        }

        @Test
        void tags_and_overlays_are_one_transaction_before_it() {
            running(A, B)
                    .when(asked(Optional.of(CaptureMode.EXTERNAL), MIXED))
                    .thenSteps(OVERLAY_B, section(new MakeTags(List.of(TAG_A)), SWITCH_B, new SaveMemory(MEMORY)));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RunState.class,
            names = {"PAUSED", "CRASHED"})
    void paused_and_crashed_are_captured_as_running_and_recorded_as_what_they_are(RunState state) {
        GivenDomain domain = running(A, B).seen(state).when(asked(Optional.empty()));

        domain.thenSteps(new SaveMachine("s1", new HostPath("/images/a.qcow2"), List.of(TAG_A, TAG_B)));
        assertThat(snapshot(domain).state().name()).isEqualTo(state.name());
    }

    @Test
    void a_tag_goes_into_the_layer_that_is_active_now() {
        GivenDomain domain = running(A).done(Wishes.diskOnly("s0")).when(asked(Optional.empty()));

        assertThat(snapshot(domain).disks())
                .containsExactly(new DiskCapture.Internal(VDA, new HostPath("/images/a.s0"), "s1"));
    }

    @Test
    void an_internal_snapshot_leaves_the_layers_as_they_are_and_its_tag_known() {
        GivenDomain domain = running(A).done(asked(Optional.empty()));

        assertThat(domain.state().layers().active(VDA).file()).isEqualTo(A.file());
        assertThat(domain.state().layers().taggedBy(A.file())).containsExactly(Wishes.named("s1"));
        assertThat(domain.state().snapshots().current()).contains(Wishes.named("s1"));
    }

    @Test
    void an_image_that_holds_only_memory_is_claimed_and_is_the_domains() {
        GivenDomain domain = running(A)
                .takenByOthers(MEMORY_IMAGE.value())
                .when(asked(Optional.of(CaptureMode.INTERNAL), disk("vda", CaptureMode.NONE)));
        domain.thenRejected(RejectionCode.FILE_EXISTS);

        GivenDomain free = running(A).when(asked(Optional.of(CaptureMode.INTERNAL), disk("vda", CaptureMode.NONE)));

        assertThat(Claims.claimedBy(free.opening())).containsExactly(new Claim.File(Defined.HOST, MEMORY_IMAGE));
        assertThat(free.whenFinished().state().layers().files()).contains(MEMORY_IMAGE);
    }

    @Test
    void a_host_whose_executor_makes_no_tags_is_told_and_what_works_there() {
        HostReport host = Defined.host();
        HostReport external = new HostReport(
                host.host(),
                host.epoch(),
                host.storageRoots(),
                host.socketFolder(),
                host.launches(),
                host.qemuVersion(),
                host.steps().stream()
                        .filter(s -> !s.equals("MakeTags") && !s.equals("SaveMachine"))
                        .toList(),
                host.freeBytes());

        Rejection rejection = shutoff(A)
                .with(Facts.of(Optional.of(new HostFacts(external, false))))
                .when(asked(Optional.empty()))
                .thenRejected(RejectionCode.UNSUPPORTED);

        assertThat(rejection.message()).contains("cannot do MakeTags", "give diskOnly");
    }

    private static CreateSnapshot asked(Optional<CaptureMode> memory, DiskRequest... disks) {
        return Wishes.create(Optional.of("s1"), memory, false, List.of(disks));
    }

    private static Snapshot snapshot(GivenDomain domain) {
        return domain.event(SnapshotCreationRequested.class).snapshot();
    }

    private static Step section(Step... steps) {
        return new CriticalSection(List.of(steps));
    }

    private static DiskCapture internal(Tag tag) {
        return new DiskCapture.Internal(tag.target(), tag.image().file(), tag.name());
    }

    private static Image qcow2(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }
}
