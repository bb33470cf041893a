package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Commands that give up more than one snapshot's boundary: what goes, what stays, and what is refused. */
class GivingUpTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    @Nested
    class RevertingWithout {
        @Test
        void refuse_names_what_else_lies_on_the_bases() {
            GivenDomain domain = running().done(diskOnly("s1")).done(branch("s1", "b1"));

            Rejection rejection = domain.when(onInvalidated("s1", Revert.OnInvalidated.REFUSE))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().snapshots()).contains(List.of(named("b1")));
            assertThat(rejection.details().layers()).contains(List.of(path("a.b1")));
        }

        @Test
        void refuse_minds_not_the_snapshots_own_tip() {
            GivenDomain domain = running().done(diskOnly("s1")).when(onInvalidated("s1", Revert.OnInvalidated.REFUSE));

            assertThat(domain.event(RevertRequested.class).gone()).isEmpty();
        }

        @Test
        void discard_takes_the_snapshots_since_and_keeps_those_that_share_the_base() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(branch("s1", "b1"))
                    .done(diskOnly("s2"))
                    .when(onInvalidated("s1", Revert.OnInvalidated.DISCARD));

            assertThat(domain.event(RevertRequested.class).gone()).containsExactly(named("s2"));
            assertThat(domain.event(RevertRequested.class).plan().steps())
                    .contains(new RemoveFile(path("a.s2")), new RemoveFile(path("a.s1")), new RemoveFile(path("a.b1")));
            domain.whenFinished();
            assertThat(names(domain)).containsExactlyInAnyOrder(named("s1"), named("b1"));
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
        }

        @Test
        void discard_removes_nothing_before_the_guest_is_on_its_new_layers() {
            List<Step> steps = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .when(new Revert(
                            named("s1"),
                            Optional.of(Revert.Start.RUNNING),
                            Optional.of(Revert.OnInvalidated.DISCARD),
                            false,
                            false,
                            false))
                    .event(RevertRequested.class)
                    .plan()
                    .steps();

            int started = indexOf(steps, StartGuest.class);
            assertThat(indexOf(steps, StopGuest.class)).isLessThan(started);
            assertThat(steps.subList(started + 1, steps.size())).hasOnlyElementsOfType(RemoveFile.class);
            assertThat(steps.subList(0, started)).doesNotHaveAnyElementsOfTypes(RemoveFile.class);
        }

        @Test
        void merge_folds_the_one_chain_into_the_base_and_the_guest_starts_on_it() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(diskOnly("s3"))
                    .when(onInvalidated("s2", Revert.OnInvalidated.MERGE));

            assertThat(domain.event(RevertRequested.class).gone()).containsExactlyInAnyOrder(named("s2"), named("s3"));
            assertThat(domain.event(RevertRequested.class).plan().steps().stream()
                            .filter(CommitLayer.class::isInstance)
                            .map(CommitLayer.class::cast)
                            .map(c -> c.top().file()))
                    .containsExactly(path("a.s2"), path("a.s3"));
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1"));
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
        }

        @Test
        void merge_is_refused_where_another_snapshot_has_the_base_as_its_state() {
            running()
                    .done(diskOnly("s1"))
                    .done(branch("s1", "b1"))
                    .when(onInvalidated("s1", Revert.OnInvalidated.MERGE))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);
        }

        @Test
        void include_subsequent_changes_makes_the_tip_active_again() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .when(subsequent("s2"));

            assertThat(domain.event(RevertRequested.class).plan().steps())
                    .noneMatch(Step.MakeOverlay.class::isInstance)
                    .noneMatch(RemoveFile.class::isInstance);
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s2"));
            assertThat(domain.state().snapshots().current()).contains(named("s2"));
        }

        @Test
        void include_subsequent_changes_needs_a_tip() {
            running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .when(subsequent("s1"))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);
        }

        @Test
        void include_subsequent_changes_excludes_on_invalidated() {
            running()
                    .done(diskOnly("s1"))
                    .when(new Revert(
                            named("s1"),
                            Optional.empty(),
                            Optional.of(Revert.OnInvalidated.OVERLAY),
                            true,
                            false,
                            false))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }
    }

    @Nested
    class DeletingMany {
        @Test
        void T5_with_descendants_moves_current_to_the_parent() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(diskOnly("s3"))
                    .done(scope("s2", Delete.Scope.WITH_DESCENDANTS));

            assertThat(names(domain)).containsExactly(named("s1"));
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.s1"));
        }

        @Test
        void T5_descendants_only_moves_current_to_the_snapshot_itself() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(diskOnly("s3"))
                    .done(scope("s1", Delete.Scope.DESCENDANTS_ONLY));

            assertThat(names(domain)).containsExactly(named("s1"));
            assertThat(domain.state().snapshots().current()).contains(named("s1"));
        }

        @Test
        void X4_goes_from_the_leaves_up() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(branch("s2", "b1"))
                    .when(scope("s1", Delete.Scope.WITH_DESCENDANTS));

            assertThat(domain.event(DeletionRequested.class).snapshots())
                    .containsExactly(named("b1"), named("s2"), named("s1"));
        }

        @Test
        void T6_descendants_only_of_a_leaf_is_done_with_nothing() {
            GivenDomain domain = running().done(diskOnly("s1")).when(scope("s1", Delete.Scope.DESCENDANTS_ONLY));

            domain.thenNothing();
        }

        @Test
        void X2_metadata_only_leaves_the_files_to_the_user_for_good() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .when(new Delete(named("s1"), Optional.empty(), true, false));

            assertThat(domain.event(SnapshotsForgotten.class).released()).containsExactly(path("a.qcow2"));
            assertThat(names(domain)).containsExactly(named("s2"));
            assertThat(domain.state().layers().find(path("a.qcow2")).map(Layer::origin))
                    .contains(Layer.Origin.RELEASED);
            domain.when(delete("s2"));
            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .containsExactly(
                            new CommitLayer(
                                    VDA,
                                    domain.state()
                                            .layers()
                                            .find(path("a.s2"))
                                            .orElseThrow()
                                            .image(),
                                    domain.state()
                                            .layers()
                                            .find(path("a.s1"))
                                            .orElseThrow()
                                            .image(),
                                    List.of()),
                            new RemoveFile(path("a.s2")));
        }
    }

    @Nested
    class ForgettingALeaf {
        @Test
        void X2_what_was_written_under_it_is_the_users_too() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .when(new Delete(named("s2"), Optional.empty(), true, false));

            assertThat(domain.event(SnapshotsForgotten.class).released()).containsExactly(path("a.s1"), path("a.s2"));
        }
    }

    @Nested
    class MergingByForce {
        @Test
        void discards_the_branch_that_shares_the_base() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(branch("s1", "b1")).when(new Merge(named("s1"), true));

            assertThat(domain.event(MergeRequested.class).discarded()).containsExactly(named("b1"));
            domain.whenFinished();
            assertThat(names(domain)).isEmpty();
            assertThat(domain.state().layers().files()).containsExactly(path("a.qcow2"));
        }

        @Test
        void never_discards_what_the_guest_reads() {
            Rejection rejection = running()
                    .done(diskOnly("s1"))
                    .done(branch("s1", "b1", true))
                    .done(diskOnly("s2"))
                    .when(new Merge(named("s1"), true))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);

            assertThat(rejection.details().layers().orElseThrow()).contains(path("a.b1"));
        }
    }

    @Nested
    class DeactivatingOne {
        @Test
        void T1_without_a_mode_it_is_kept_and_not_current_any_more() {
            GivenDomain domain = running().done(diskOnly("s1")).when(deactivate("s1", null, false));

            assertThat(domain.event(SnapshotDeactivated.class).snapshot()).isEqualTo(named("s1"));
            assertThat(names(domain)).containsExactly(named("s1"));
            assertThat(domain.state().snapshots().current()).isEmpty();
            domain.when(deactivate("s1", null, false)).thenNothing();
        }

        @Test
        void force_alone_is_refused() {
            running()
                    .done(diskOnly("s1"))
                    .when(deactivate("s1", null, true))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void merge_is_a_merge() {
            GivenDomain domain = running().done(diskOnly("s1")).when(deactivate("s1", Deactivate.Mode.MERGE, false));

            assertThat(domain.event(MergeRequested.class).snapshot()).isEqualTo(named("s1"));
        }

        @Test
        void discard_takes_the_changes_since_and_a_running_guest_boots_what_was_before() {
            GivenDomain domain =
                    running().done(withMemory("s1")).when(deactivate("s1", Deactivate.Mode.DISCARD, false));

            assertThat(domain.event(DiscardRequested.class).plan().steps())
                    .contains(new RemoveFile(path("a.s1")), new RemoveFile(path("web-1.s1.mem")))
                    .anyMatch(
                            s -> s instanceof StartGuest start && start.memory().isEmpty());
            domain.whenFinished();
            assertThat(names(domain)).isEmpty();
            assertThat(domain.state().layers().active(VDA).backing()).contains(path("a.qcow2"));
        }

        @Test
        void discard_names_the_snapshots_that_would_be_lost() {
            GivenDomain domain = running().done(diskOnly("s1")).done(diskOnly("s2"));

            Rejection rejection = domain.when(deactivate("s1", Deactivate.Mode.DISCARD, false))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().snapshots()).contains(List.of(named("s2")));
            domain.when(deactivate("s1", Deactivate.Mode.DISCARD, true));
            assertThat(domain.event(DiscardRequested.class).gone()).containsExactly(named("s2"), named("s1"));
        }

        @Test
        void discard_leaves_a_branch_alone() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(branch("s1", "b1"))
                    .done(deactivate("s1", Deactivate.Mode.DISCARD, false));

            assertThat(names(domain)).containsExactly(named("b1"));
            assertThat(domain.state().layers().find(path("a.b1"))).isPresent();
        }
    }

    @Nested
    class InsideAnImage {
        @Test
        void revert_restores_the_tag_while_nobody_has_the_image() {
            GivenDomain domain = running().done(internal("s1")).when(revert("s1"));

            assertThat(domain.event(RevertRequested.class).plan().steps())
                    .extracting(s -> s.getClass().getSimpleName())
                    .containsExactly("StopGuest", "RestoreTags");
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.qcow2"));
        }

        @Test
        void discard_restores_the_tag_removes_it_and_starts_the_guest_again() {
            GivenDomain domain = running()
                    .done(internal("s1"))
                    .when(new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), false));

            assertThat(domain.opening().plan().steps())
                    .extracting(s -> s.getClass().getSimpleName())
                    .containsExactly("StopGuest", "RestoreTags", "RemoveTags", "StartGuest");
            domain.whenFinished();
            assertThat(domain.state().snapshots().isEmpty()).isTrue();
            assertThat(domain.state().layers().taggedBy(path("a.qcow2"))).isEmpty();
        }

        @Test
        void discard_of_what_another_snapshot_was_taken_over_needs_force_and_takes_its_layers() {
            GivenDomain domain = GivenDomain.shutoff().done(internal("s1")).done(diskOnly("s2"));

            domain.when(new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), false))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);
            domain.done(new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), true));

            assertThat(domain.state().snapshots().isEmpty()).isTrue();
            assertThat(domain.state().layers().files()).containsExactly(path("a.qcow2"));
        }

        @Test
        void revert_with_memory_loads_the_machine_into_a_guest_that_is_held() {
            GivenDomain domain = running().done(machine("s1")).when(revert("s1"));

            List<Step> steps = domain.event(RevertRequested.class).plan().steps();
            assertThat(steps)
                    .extracting(s -> s.getClass().getSimpleName())
                    .containsExactly("StopGuest", "RestoreTags", "StartGuest", "LoadMachine");
            assertThat(((StartGuest) steps.get(2)).start()).isEqualTo(RunState.PAUSED);
            assertThat(((Step.LoadMachine) steps.get(3)).start()).isEqualTo(RunState.RUNNING);
        }

        @Test
        void revert_is_refused_under_an_overlay_and_discard_removes_that_first() {
            GivenDomain domain = running().done(internal("s1")).done(diskOnly("s2"));

            Rejection rejection = domain.when(revert("s1")).thenRejected(RejectionCode.WOULD_CORRUPT);

            assertThat(rejection.details().layers().orElseThrow()).contains(path("a.s2"));
            domain.when(onInvalidated("s1", Revert.OnInvalidated.DISCARD)).thenRejected(RejectionCode.WOULD_CORRUPT);
            domain.done(delete("s2")).when(onInvalidated("s1", Revert.OnInvalidated.DISCARD));
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.qcow2"));
        }

        @Test
        void neither_merge_nor_subsequent_changes_apply() {
            GivenDomain domain = running().done(internal("s1"));

            domain.when(onInvalidated("s1", Revert.OnInvalidated.MERGE))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
            domain.when(subsequent("s1")).thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void X3_delete_removes_the_tag_and_needs_the_guest_off_under_an_overlay() {
            GivenDomain domain = running().done(internal("s1"));

            domain.when(delete("s1"));
            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .hasOnlyElementsOfType(Step.RemoveTags.class);
            domain.whenFinished();
            domain.done(internal("s3")).done(diskOnly("s4")).when(delete("s3")).thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void a_layer_with_a_living_tag_is_not_folded_down() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).done(internal("s2")).when(delete("s1"));

            assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
            domain.whenFinished();
            domain.when(delete("s2"));
            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .extracting(s -> s.getClass().getSimpleName())
                    .containsExactly("RemoveTags", "CommitLayer", "RemoveFile");
        }
    }

    private static CreateSnapshot internal(String name) {
        return Wishes.create(
                Optional.of(name),
                Optional.of(CaptureMode.NONE),
                false,
                List.of(Wishes.disk("vda", CaptureMode.INTERNAL)));
    }

    private static CreateSnapshot machine(String name) {
        return Wishes.create(
                Optional.of(name), Optional.empty(), false, List.of(Wishes.disk("vda", CaptureMode.INTERNAL)));
    }

    private static Revert onInvalidated(String name, Revert.OnInvalidated what) {
        return new Revert(named(name), Optional.empty(), Optional.of(what), false, false, false);
    }

    private static Revert subsequent(String name) {
        return new Revert(named(name), Optional.empty(), Optional.empty(), true, false, false);
    }

    private static Delete scope(String name, Delete.Scope scope) {
        return new Delete(named(name), Optional.of(scope), false, false);
    }

    private static Deactivate deactivate(String name, Deactivate.@Nullable Mode mode, boolean force) {
        return new Deactivate(named(name), Optional.ofNullable(mode), force);
    }

    private static List<SnapshotName> names(GivenDomain domain) {
        return domain.state().snapshots().all().stream().map(Snapshot::name).toList();
    }

    private static int indexOf(List<Step> steps, Class<? extends Step> type) {
        return steps.stream().map(Step::getClass).toList().indexOf(type);
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
