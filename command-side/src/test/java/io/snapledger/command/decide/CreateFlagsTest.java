package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.compressed;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.flagged;
import static io.snapledger.command.decide.Wishes.withMemory;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Wishes.Flag;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.Freeze;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.operation.Step.Thaw;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The flags of creating, each by libvirt's rule for it where there is one. */
class CreateFlagsTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Disk DISK = Defined.qcow2("vda", "/images/a.qcow2");
    private static final Image A = qcow2("/images/a.qcow2");
    private static final Image OVER = qcow2("/images/a.s1");
    private static final HostPath MEMORY = new HostPath("/images/web-1.s1.mem");
    private static final Step OVERLAY = new MakeOverlay(VDA, OVER, A);
    private static final Step SWITCH = new SwitchActive(List.of(new Switch(VDA, A, OVER)));

    @Nested
    class Quiesce {
        private final GivenDomain domain = given(Defined.withAgent(DISK)).seen(RunState.RUNNING);

        @Test
        void P20_freezes_before_the_change_over_and_thaws_after_it() {
            domain.when(flagged(diskOnly("s1"), Flag.QUIESCE))
                    .thenSteps(OVERLAY, section(new Freeze(), SWITCH, new Thaw()));
        }

        @Test
        void encloses_tags_as_well() {
            CreateSnapshot tags = Wishes.create(
                    Optional.of("s1"), Optional.empty(), true, List.of(Wishes.disk("vda", CaptureMode.INTERNAL)));

            domain.when(flagged(tags, Flag.QUIESCE))
                    .thenSteps(section(new Freeze(), new MakeTags(List.of(new Tag(VDA, A, "s1"))), new Thaw()));
        }

        @Test
        void the_way_back_thaws_last() {
            Step section = section(new Freeze(), SWITCH, new Thaw());

            assertThat(section.reverse()).containsExactly(new CommitLayer(VDA, OVER, A, List.of()), new Thaw());
        }

        @Test
        void F4_needs_disk_only() {
            assertThat(domain.when(flagged(withMemory("s1"), Flag.QUIESCE))
                            .thenRejected(RejectionCode.INVALID_FLAGS)
                            .details()
                            .field())
                    .contains("quiesce");
            domain.when(flagged(withoutMemory("s1"), Flag.QUIESCE)).thenRejected(RejectionCode.INVALID_FLAGS);
        }

        @Test
        void needs_a_guest_that_runs_and_can_answer() {
            domain.seen(RunState.PAUSED)
                    .when(flagged(diskOnly("s1"), Flag.QUIESCE))
                    .thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void leaves_it_to_the_host_where_an_agent_is_to_be_found() {
            running(DISK)
                    .when(flagged(diskOnly("s1"), Flag.QUIESCE))
                    .thenSteps(OVERLAY, section(new Freeze(), SWITCH, new Thaw()));
        }

        @Test
        void has_nothing_to_freeze_in_a_guest_that_is_off() {
            shutoff(DISK).when(flagged(diskOnly("s1"), Flag.QUIESCE)).thenSteps(OVERLAY);
        }
    }

    @Nested
    class Halt {
        @Test
        void P20_P23_stops_the_guest_at_the_end_of_the_pause_on_its_new_layers() {
            GivenDomain domain = running(DISK)
                    .when(flagged(withMemory("s1"), Flag.HALT))
                    .thenSteps(OVERLAY, section(new SaveMemory(MEMORY), SWITCH, halt()));

            List<DomainEvent> events = domain.whenFinished().events();

            assertThat(events).hasSize(2).contains(new RunStateObserved(RunState.SHUTOFF));
            assertThat(domain.state().runState()).contains(RunState.SHUTOFF);
        }

        @Test
        void each_disk_is_stopped_on_its_own_new_layer() {
            DiskTarget vdb = new DiskTarget("vdb");
            GivenDomain domain = running(DISK, Defined.qcow2("vdb", "/images/b.qcow2"))
                    .when(flagged(withoutMemory("s1", Wishes.disk("vdb", CaptureMode.EXTERNAL)), Flag.HALT));

            CriticalSection section =
                    (CriticalSection) domain.opening().plan().steps().getLast();

            assertThat(section.steps().getLast())
                    .isEqualTo(new StopGuest(
                            List.of(
                                    new Chain(VDA, List.of(OVER, A), false),
                                    new Chain(vdb, List.of(qcow2("/images/b.s1"), qcow2("/images/b.qcow2")), false)),
                            RunState.SHUTOFF));
        }

        @Test
        void a_frozen_guest_that_is_stopped_needs_no_thaw() {
            given(Defined.withAgent(DISK))
                    .seen(RunState.RUNNING)
                    .when(flagged(diskOnly("s1"), Flag.QUIESCE, Flag.HALT))
                    .thenSteps(OVERLAY, section(new Freeze(), SWITCH, halt()));
        }

        @Test
        void the_way_back_leaves_it_off_because_nobody_knows_on_which_layers_it_was() {
            assertThat(section(SWITCH, halt()).reverse()).containsExactly(new CommitLayer(VDA, OVER, A, List.of()));
        }

        @Test
        void changes_nothing_for_a_guest_that_is_off() {
            GivenDomain domain =
                    shutoff(DISK).when(flagged(diskOnly("s1"), Flag.HALT)).thenSteps(OVERLAY);

            assertThat(domain.whenFinished().events()).hasSize(1);
        }

        private static Step halt() {
            return new StopGuest(List.of(new Chain(VDA, List.of(OVER, A), false)), RunState.SHUTOFF);
        }
    }

    @Nested
    class Live {
        @Test
        void F6_is_for_a_guest_that_runs_with_its_memory_in_a_file() {
            running(DISK)
                    .when(flagged(withMemory("s1"), Flag.LIVE))
                    .thenSteps(OVERLAY, section(new SaveMemory(MEMORY, Optional.empty(), true), SWITCH));
            running(DISK).when(flagged(diskOnly("s1"), Flag.LIVE)).thenRejected(RejectionCode.INVALID_FLAGS);
            running(DISK).when(flagged(plain(), Flag.LIVE)).thenRejected(RejectionCode.INVALID_FLAGS);
            shutoff(DISK).when(flagged(diskOnly("s1"), Flag.LIVE)).thenRejected(RejectionCode.INVALID_FLAGS);
        }

        @Test
        void tags_are_made_at_the_switch_over_of_a_live_memory() {
            running(DISK)
                    .when(flagged(withMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL)), Flag.LIVE))
                    .thenSteps(section(
                            new SaveMemory(MEMORY, Optional.empty(), true),
                            new MakeTags(List.of(new Tag(VDA, A, "s1")))));
        }

        @Test
        void a_paused_guest_has_nothing_to_keep_running() {
            running(DISK)
                    .seen(RunState.PAUSED)
                    .when(flagged(withMemory("s1"), Flag.LIVE))
                    .thenSteps(OVERLAY, section(new SaveMemory(MEMORY), SWITCH));
        }

        @Test
        void a_host_that_does_not_announce_it_is_told() {
            assertThat(running(DISK)
                            .with(without("SaveMemory.live"))
                            .when(flagged(withMemory("s1"), Flag.LIVE))
                            .thenRejected(RejectionCode.UNSUPPORTED)
                            .message())
                    .contains("cannot do SaveMemory.live;");
        }
    }

    @Nested
    class Compressed {
        @Test
        void is_in_the_step_in_the_record_and_in_the_way_back_to_it() {
            GivenDomain domain =
                    running(DISK).when(compressed("s1", Optional.of(CaptureMode.EXTERNAL), Compression.ZSTD));
            domain.thenSteps(OVERLAY, section(new SaveMemory(MEMORY, Optional.of(Compression.ZSTD), false), SWITCH));

            MemoryCapture memory = domain.whenFinished()
                    .event(SnapshotCreated.class)
                    .snapshot()
                    .memory();
            StartGuest start = (StartGuest) domain.when(Wishes.revert("s1")).opening().plan().steps().stream()
                    .filter(StartGuest.class::isInstance)
                    .findFirst()
                    .orElseThrow();

            assertThat(memory)
                    .isInstanceOfSatisfying(
                            MemoryCapture.External.class,
                            m -> assertThat(m.compression()).contains(Compression.ZSTD));
            assertThat(start.memory().flatMap(MemoryFile::compression)).contains(Compression.ZSTD);
        }

        @Test
        void none_is_as_if_nothing_were_said() {
            running(DISK)
                    .when(compressed("s1", Optional.of(CaptureMode.EXTERNAL), Compression.NONE))
                    .thenSteps(OVERLAY, section(new SaveMemory(MEMORY), SWITCH));
        }

        @Test
        void is_only_for_a_memory_in_a_file() {
            for (Optional<CaptureMode> memory : List.of(
                    Optional.of(CaptureMode.INTERNAL), Optional.of(CaptureMode.NONE), Optional.<CaptureMode>empty())) {
                assertThat(running(DISK)
                                .when(compressed("s1", memory, Compression.GZIP))
                                .thenRejected(RejectionCode.INVALID_COMBINATION)
                                .details()
                                .field())
                        .contains("memory.compression");
            }
        }

        @Test
        void a_host_that_does_not_announce_it_is_told() {
            running(DISK)
                    .with(without("SaveMemory.zstd"))
                    .when(compressed("s1", Optional.of(CaptureMode.EXTERNAL), Compression.ZSTD))
                    .thenRejected(RejectionCode.UNSUPPORTED);
        }
    }

    @Nested
    class Reuse {
        private final CreateSnapshot asked =
                flagged(withoutMemory("s1", Wishes.file("vda", "/images/mine.qcow2")), Flag.REUSE_EXTERNAL);
        private final Image mine = qcow2("/images/mine.qcow2");

        @Test
        void P8_takes_a_file_that_is_there_and_never_removes_it() {
            GivenDomain domain = running(DISK).when(asked);
            domain.thenSteps(new ReuseOverlay(VDA, mine, A), new SwitchActive(List.of(new Switch(VDA, A, mine))));

            assertThat(domain.opening().plan().steps().stream().flatMap(s -> s.reverse().stream()))
                    .noneMatch(RemoveFile.class::isInstance);
            assertThat(domain.whenFinished().state().layers().active(VDA).origin())
                    .isEqualTo(Layer.Origin.REUSED);
        }

        @Test
        void P8_a_file_of_the_domain_or_of_another_one_cannot_be_taken() {
            running(DISK).takenByOthers("/images/mine.qcow2").when(asked).thenRejected(RejectionCode.FILE_EXISTS);
            assertThat(Claims.claimedBy(running(DISK).when(asked).opening()))
                    .containsExactly(new Claim.File(Defined.HOST, mine.file()));
        }

        @Test
        void a_file_without_a_name_is_the_one_that_would_be_made() {
            running(DISK)
                    .when(flagged(diskOnly("s1"), Flag.REUSE_EXTERNAL))
                    .thenSteps(new ReuseOverlay(VDA, OVER, A), SWITCH);
        }
    }

    @Nested
    class NoMetadata {
        @Test
        void P16_the_disks_move_and_neither_current_nor_the_tree_changes() {
            GivenDomain domain = running(DISK).done(diskOnly("s0")).done(flagged(diskOnly("s1"), Flag.NO_METADATA));

            assertThat(domain.state().snapshots().all())
                    .extracting(s -> s.name().value())
                    .containsExactly("s0");
            assertThat(domain.state().snapshots().current()).contains(new SnapshotName("s0"));
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(OVER.file());
        }

        @Test
        void what_the_disks_were_on_is_the_users_from_then_on() {
            GivenDomain domain = running(DISK)
                    .done(diskOnly("s0"))
                    .when(flagged(diskOnly("s1"), Flag.NO_METADATA))
                    .whenFinished();

            assertThat(domain.event(SnapshotsForgotten.class).released()).containsExactly(new HostPath("/images/a.s0"));
            assertThat(domain.state()
                            .layers()
                            .find(new HostPath("/images/a.s0"))
                            .orElseThrow()
                            .origin())
                    .isEqualTo(Layer.Origin.RELEASED);
        }

        @Test
        void a_layer_with_a_tag_of_the_users_is_his_unless_it_is_the_lowest() {
            GivenDomain lowest =
                    running(DISK).when(flagged(plain(), Flag.NO_METADATA)).whenFinished();
            GivenDomain overlay = running(DISK)
                    .done(diskOnly("s0"))
                    .when(flagged(plain(), Flag.NO_METADATA))
                    .whenFinished();

            assertThat(lowest.event(SnapshotsForgotten.class).released()).isEmpty();
            assertThat(overlay.event(SnapshotsForgotten.class).released())
                    .containsExactly(new HostPath("/images/a.s0"));
        }

        @Test
        void a_memory_is_the_users_too_and_another_domain_may_have_its_file() {
            GivenDomain domain = running(DISK).when(flagged(withMemory("s1"), Flag.NO_METADATA));
            domain.whenFinished();

            assertThat(domain.state().layers().files()).doesNotContain(MEMORY);
        }

        @Test
        void N4_the_name_must_be_free_all_the_same() {
            running(DISK)
                    .done(diskOnly("s1"))
                    .when(flagged(diskOnly("s1"), Flag.NO_METADATA))
                    .thenRejected(RejectionCode.SNAPSHOT_EXISTS);
        }
    }

    @Test
    void F1_atomic_says_nothing_new() {
        running(DISK).when(flagged(diskOnly("s1"), Flag.ATOMIC)).thenSteps(OVERLAY, SWITCH);
    }

    @Test
    void F8_a_crashed_guest_may_be_captured() {
        running(DISK).seen(RunState.CRASHED).when(diskOnly("s1")).thenSteps(OVERLAY, SWITCH);
    }

    private static CreateSnapshot plain() {
        return Wishes.create(Optional.of("s1"), Optional.empty(), false, List.of());
    }

    private static Facts without(String ability) {
        HostReport host = Defined.host();
        HostReport weak = new HostReport(
                host.host(),
                host.epoch(),
                host.storageRoots(),
                host.socketFolder(),
                host.launches(),
                host.qemuVersion(),
                host.steps().stream().filter(s -> !s.equals(ability)).toList(),
                host.freeBytes());
        return Facts.of(Optional.of(new HostFacts(weak, false)));
    }

    private static Step section(Step... steps) {
        return new CriticalSection(List.of(steps));
    }

    private static Image qcow2(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }
}
