package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Branch, revert, delete and merge on one disk: {@code a.qcow2}, with {@code a.<snapshot>} above. */
class LayersOfHistoryTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    @Nested
    class Branching {
        @Test
        void makes_overlays_on_the_bases_of_the_branch_point_and_touches_nothing_else() {
            GivenDomain domain = running().done(diskOnly("s1")).when(branch("s1", "b1"));

            domain.thenSteps(new MakeOverlay(VDA, image("a.b1"), image("a.qcow2")));
            domain.whenFinished();
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(snapshot(domain, "b1").parent()).contains(named("s1"));
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1"));
            assertThat(domain.state().layers().tipOf(named("b1")))
                    .extracting(l -> l.file())
                    .containsExactly(path("a.b1"));
        }

        @Test
        void shares_the_memory_and_the_state_of_its_branch_point() {
            GivenDomain domain = running().done(withMemory("s1")).done(branch("s1", "b1"));

            assertThat(snapshot(domain, "b1").memory())
                    .isEqualTo(snapshot(domain, "s1").memory());
            assertThat(snapshot(domain, "b1").state())
                    .isEqualTo(snapshot(domain, "s1").state());
        }

        @Test
        void that_is_current_is_a_revert_too() {
            GivenDomain domain = running().done(withMemory("s1")).when(branch("s1", "b1", true));

            assertThat(domain.event(BranchRequested.class).plan().steps())
                    .containsExactly(
                            new MakeOverlay(VDA, image("a.b1"), image("a.qcow2")),
                            new StopGuest(List.of(chain("a.s1", "a.qcow2")), RunState.RUNNING),
                            new StartGuest(
                                    List.of(chain("a.b1", "a.qcow2")), Optional.of(memory("s1")), RunState.RUNNING));
            domain.whenFinished();
            assertThat(domain.state().snapshots().current()).contains(named("b1"));
            assertThat(domain.state().layers().tipOf(named("s1")))
                    .extracting(l -> l.file())
                    .containsExactly(path("a.s1"));
        }

        @Test
        void keeps_the_file_that_was_given_when_it_is_decided_anew() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).when(branch("s1", "b1", Wishes.file("vda", "/images/mine.qcow2")));

            domain.whenReported(new io.snapledger.schema.operation.HostResult.Refused(
                    RejectionCode.WRONG_STATE,
                    "it is off",
                    new io.snapledger.schema.operation.Observation(RunState.SHUTOFF, List.of())));

            assertThat(domain.event(BranchRequested.class).attempt()).isEqualTo(2);
            domain.thenSteps(new MakeOverlay(VDA, image("mine.qcow2"), image("a.qcow2")));
        }

        @Test
        void leaves_the_guest_as_it_is_unless_it_is_to_be_current() {
            GivenDomain domain = running().done(diskOnly("s1"));

            assertThat(domain.when(branch("s1", "b1"))
                            .event(BranchRequested.class)
                            .start())
                    .isEqualTo(RunState.RUNNING);
            domain.whenFinished();
            assertThat(domain.when(branch("s1", "b2", true))
                            .event(BranchRequested.class)
                            .start())
                    .isEqualTo(RunState.SHUTOFF);
        }

        @Test
        void takes_the_file_that_is_given() {
            running()
                    .done(diskOnly("s1"))
                    .when(branch("s1", "b1", Wishes.file("vda", "/images/mine.qcow2")))
                    .thenSteps(new MakeOverlay(VDA, image("mine.qcow2"), image("a.qcow2")));
        }

        @Test
        void refuses_other_disks_than_its_branch_point_holds() {
            GivenDomain.running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"))
                    .done(Wishes.withoutMemory("s1", Wishes.disk("vdb", CaptureMode.NONE)))
                    .when(branch("s1", "b1", Wishes.disk("vdb", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void refuses_a_point_that_has_no_external_disk() {
            running()
                    .done(withMemory("s1", Wishes.disk("vda", CaptureMode.NONE)))
                    .when(branch("s1", "b1"))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void refuses_a_point_that_is_not_there() {
            running().when(branch("s1", "b1")).thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
        }
    }

    @Nested
    class Reverting {
        @Test
        void W9_W11_W12_stops_the_guest_and_starts_it_from_the_memory_on_fresh_overlays() {
            GivenDomain domain =
                    running().done(withMemory("s1")).done(diskOnly("s2")).when(revert("s1"));

            domain.thenSteps(
                    new MakeOverlay(VDA, image("a.s1-r1"), image("a.qcow2")),
                    new StopGuest(List.of(chain("a.s2", "a.s1", "a.qcow2")), RunState.RUNNING),
                    new StartGuest(List.of(chain("a.s1-r1", "a.qcow2")), Optional.of(memory("s1")), RunState.RUNNING));
            domain.whenFinished();
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(domain.state().runState()).contains(RunState.RUNNING);
        }

        @Test
        void W9_keeps_the_tip_of_the_snapshot_that_was_current() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1"));

            assertThat(domain.state().layers().leftTipOf(named("s2")))
                    .extracting(l -> l.file())
                    .containsExactly(path("a.s2"));
        }

        @Test
        void W10_replaces_the_tip_of_the_very_snapshot_reverted_to() {
            shutoff()
                    .done(diskOnly("s1"))
                    .when(revert("s1"))
                    .thenSteps(new MakeOverlay(VDA, image("a.s1-r1"), image("a.qcow2")), new RemoveFile(path("a.s1")));
        }

        @Test
        void W6_leaves_a_guest_off_that_was_captured_without_memory_unless_start_says_otherwise() {
            GivenDomain domain = running().done(diskOnly("s1"));

            assertThat(domain.when(revert("s1")).event(RevertRequested.class).start())
                    .isEqualTo(RunState.SHUTOFF);
            assertThat(running()
                            .done(diskOnly("s1"))
                            .when(revert("s1", Revert.Start.PAUSED))
                            .event(RevertRequested.class)
                            .start())
                    .isEqualTo(RunState.PAUSED);
        }

        @Test
        void stopped_does_not_load_the_memory() {
            RevertRequested event = running()
                    .done(withMemory("s1"))
                    .when(revert("s1", Revert.Start.STOPPED))
                    .event(RevertRequested.class);

            assertThat(event.plan().steps()).noneMatch(StartGuest.class::isInstance);
        }

        @Test
        void refuses_memory_over_a_disk_that_the_snapshot_left_out() {
            GivenDomain domain = GivenDomain.running(
                            Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"))
                    .done(withMemory("s1", Wishes.disk("vdb", CaptureMode.NONE)));

            Rejection rejection = domain.when(revert("s1")).thenRejected(RejectionCode.WOULD_CORRUPT);

            assertThat(rejection.details().layers()).contains(List.of(path("b.qcow2")));
            domain.when(revert("s1", Revert.Start.STOPPED)).thenAccepted();
        }

        @Test
        void minds_no_read_only_disk_when_it_loads_memory() {
            GivenDomain domain = GivenDomain.running(
                            Defined.qcow2("vda", "/images/a.qcow2"), Defined.readOnly("vdb", "/images/b.iso"))
                    .done(withMemory("s1"));

            domain.when(revert("s1")).thenAccepted();
        }

        @Test
        void loads_no_memory_of_which_nobody_knows_whether_it_is_whole() {
            GivenDomain domain = running()
                    .when(RedefiningTest.redefine(RedefiningTest.external("s1", "", "a.qcow2", "a.s1")
                            .replace("<state>disk-snapshot", "<state>running")
                            .replace("<disks>", "<memory file='/images/m'/><disks>")));

            Rejection rejection = domain.when(revert("s1")).thenRejected(RejectionCode.WOULD_CORRUPT);

            assertThat(rejection.message()).contains("length and checksum of the memory of \"s1\"", "start stopped");
            domain.when(revert("s1", Revert.Start.STOPPED)).thenAccepted();
        }

        @Test
        void refuses_before_anything_is_touched_when_the_guest_could_not_be_started() {
            given(Defined.withoutLaunch(Defined.qcow2("vda", "/images/a.qcow2")))
                    .seen(RunState.RUNNING)
                    .done(diskOnly("s1"))
                    .when(revert("s1", Revert.Start.RUNNING))
                    .thenRejected(RejectionCode.WRONG_STATE);
            given(Defined.withoutLaunch(Defined.qcow2("vda", "/images/a.qcow2")))
                    .seen(RunState.SHUTOFF)
                    .done(diskOnly("s1"))
                    .when(revert("s1"))
                    .thenAccepted();
        }

        @Test
        void chooses_file_names_that_are_free() {
            shutoff()
                    .done(diskOnly("s1"))
                    .takenByOthers("/images/a.s1-r1")
                    .when(revert("s1"))
                    .thenSteps(new MakeOverlay(VDA, image("a.s1-r2"), image("a.qcow2")), new RemoveFile(path("a.s1")));
        }
    }

    @Nested
    class Deleting {
        @Test
        void X7_folds_the_active_layer_into_the_base_of_the_only_snapshot() {
            GivenDomain domain = running().done(diskOnly("s1")).when(delete("s1"));

            domain.thenSteps(commit("a.s1", "a.qcow2"), new RemoveFile(path("a.s1")));
            domain.whenFinished();
            assertThat(domain.state().snapshots().isEmpty()).isTrue();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.qcow2"));
        }

        @Test
        void T4_X9_rewires_the_layer_above_and_the_children_to_the_base() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(diskOnly("s2")).when(delete("s1"));

            domain.thenSteps(commit("a.s1", "a.qcow2", "a.s2"), new RemoveFile(path("a.s1")));
            domain.whenFinished();
            assertThat(snapshot(domain, "s2").parent()).isEmpty();
            assertThat(snapshot(domain, "s2").disks())
                    .containsExactly(new DiskCapture.External(VDA, path("a.qcow2"), path("a.s2"), ImageFormat.QCOW2));
        }

        @Test
        void X5_rewires_every_branch_above() {
            running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(branch("s2", "b2"))
                    .when(delete("s1"))
                    .thenSteps(commit("a.s1", "a.qcow2", "a.b2", "a.s2"), new RemoveFile(path("a.s1")));
        }

        @Test
        void keeps_a_layer_that_another_snapshot_has_as_its_state_and_folds_it_with_the_last_one() {
            GivenDomain domain = running().done(diskOnly("s1")).done(branch("s1", "b1"));

            domain.when(delete("s1"));
            assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
            assertThat(domain.event(DeletionRequested.class).consumed()).isEmpty();
            domain.whenFinished();
            domain.when(delete("b1"))
                    .thenSteps(new RemoveFile(path("a.b1")), commit("a.s1", "a.qcow2"), new RemoveFile(path("a.s1")));
        }

        @Test
        void X6_removes_the_tip_of_a_leaf_off_the_active_chain_and_folds_nothing() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1"));

            domain.when(delete("s2")).thenSteps(new RemoveFile(path("a.s2")), new RemoveFile(path("a.s1")));
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1-r1"));
        }

        @Test
        void T3_moves_current_to_the_parent() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(diskOnly("s2")).done(delete("s2"));

            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(domain.state().layers().tipOf(named("s1")))
                    .extracting(l -> l.file())
                    .containsExactly(path("a.s1"));
        }

        @Test
        void X9_removes_the_memory_with_the_last_branch_that_shares_it() {
            GivenDomain domain = running().done(withMemory("s1")).done(branch("s1", "b1"));

            domain.when(delete("s1"));
            assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
            domain.whenFinished();
            domain.when(delete("b1"));
            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .contains(new RemoveFile(path("web-1.s1.mem")));
        }
    }

    @Nested
    class Merging {
        @Test
        void commits_what_was_written_since_into_the_base() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(diskOnly("s2")).when(merge("s2"));

            domain.thenSteps(commit("a.s2", "a.s1"), new RemoveFile(path("a.s2")));
            assertThat(domain.state().snapshots().isConsumed(named("s2"))).isTrue();
            domain.whenFinished();
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1"));
        }

        @Test
        void of_the_middle_rewires_what_lies_above() {
            running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .when(merge("s1"))
                    .thenSteps(commit("a.s1", "a.qcow2", "a.s2"), new RemoveFile(path("a.s1")));
        }

        @Test
        void names_the_branch_that_would_be_invalidated() {
            GivenDomain domain = running().done(diskOnly("s1")).done(branch("s1", "b1"));

            Rejection rejection = domain.when(merge("s1")).thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().snapshots()).contains(List.of(named("b1")));
        }

        @Test
        void refuses_a_second_layer_on_the_base() {
            Rejection rejection = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .when(merge("s1"))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().layers()).contains(List.of(path("a.s1"), path("a.s1-r1")));
        }

        @Test
        void refuses_to_leave_a_snapshot_with_two_tips() {
            Rejection rejection = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .when(merge("s2"))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().snapshots()).contains(List.of(named("s1")));
        }

        @Test
        void lifts_the_mark_when_nothing_was_done() {
            GivenDomain domain = running().done(diskOnly("s1")).when(merge("s1"));

            domain.whenReported(new io.snapledger.schema.operation.HostResult.Refused(
                    RejectionCode.NO_SPACE,
                    "no space",
                    new io.snapledger.schema.operation.Observation(RunState.RUNNING, List.of())));

            assertThat(domain.state().snapshots().isConsumed(named("s1"))).isFalse();
            assertThat(domain.state().inFlight()).isEmpty();
        }
    }

    private static Snapshot snapshot(GivenDomain domain, String name) {
        return domain.state().snapshots().find(named(name)).orElseThrow();
    }

    private static MemoryFile memory(String name) {
        return new MemoryFile(path("web-1." + name + ".mem"), new SavedMemory(4096, "ab".repeat(32)));
    }

    private static Step commit(String top, String base, String... above) {
        return new CommitLayer(
                VDA,
                image(top),
                image(base),
                List.of(above).stream().map(LayersOfHistoryTest::image).toList());
    }

    private static Chain chain(String... files) {
        return new Chain(
                VDA, List.of(files).stream().map(LayersOfHistoryTest::image).toList(), false);
    }

    private static Image image(String file) {
        return new Image(path(file), ImageFormat.QCOW2);
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
