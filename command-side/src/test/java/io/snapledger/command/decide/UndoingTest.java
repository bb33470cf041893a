package io.snapledger.command.decide;

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

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.domain.DomainCommand.UpdateDomain;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.PinEnded;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** DESIGN.md 4, "Undo": what is kept, for how long, what ends it, and how it comes back. */
class UndoingTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final DiskTarget VDA = new DiskTarget("vda");

    private static HostPath active(DomainState state) {
        return state.layers().active(VDA).file();
    }

    private static OperationId newest(GivenDomain domain) {
        return domain.state().pins().all().getFirst().operation();
    }

    private static UndoOperation undo(GivenDomain domain) {
        return new UndoOperation(newest(domain));
    }

    private static CollectPin collect(GivenDomain domain) {
        return new CollectPin(newest(domain), 1);
    }

    private static Delete forced(String name) {
        return new Delete(named(name), Optional.empty(), false, true);
    }

    private static List<Class<?>> kinds(List<Step> steps) {
        return steps.stream().<Class<?>>map(Step::getClass).toList();
    }

    @Nested
    class Deletions {
        private final GivenDomain domain = running()
                .undoableFor(HOUR)
                .done(diskOnly("s1"))
                .done(withMemory("s2"))
                .done(diskOnly("s3"));

        @Test
        void drop_references_only_and_need_no_host() {
            DeletionDeferred event = domain.when(delete("s2")).event(DeletionDeferred.class);

            assertThat(domain.state().inFlight()).isEmpty();
            assertThat(domain.state().snapshots().has(named("s2"))).isFalse();
            assertThat(domain.state()
                            .snapshots()
                            .find(named("s3"))
                            .orElseThrow()
                            .parent())
                    .contains(named("s1"));
            assertThat(event.pin().until()).isEqualTo(GivenDomain.AT.plus(HOUR));
            assertThat(event.pin().files())
                    .containsExactly(new HostPath("/images/a.s1"), new HostPath("/images/web-1.s2.mem"));
        }

        @Test
        void are_taken_back_with_parents_children_and_current() {
            DomainState before = domain.state();
            domain.when(new Delete(named("s2"), Optional.of(Delete.Scope.WITH_DESCENDANTS), false, false))
                    .thenAccepted();
            assertThat(domain.state().snapshots().current()).contains(named("s1"));

            domain.when(undo(domain)).event(DeletionUndone.class);

            assertThat(domain.state().snapshots().all())
                    .containsExactlyInAnyOrderElementsOf(before.snapshots().all());
            assertThat(domain.state().snapshots().current()).contains(named("s3"));
            assertThat(domain.state().layers().usersOf(new HostPath("/images/a.s1")))
                    .containsExactly(named("s2"));
            assertThat(domain.state().pins().isEmpty()).isTrue();
        }

        @Test
        void give_a_child_that_was_moved_back_to_its_parent() {
            domain.when(delete("s2")).when(undo(domain)).thenAccepted();

            assertThat(domain.state()
                            .snapshots()
                            .find(named("s3"))
                            .orElseThrow()
                            .parent())
                    .contains(named("s2"));
        }

        @Test
        void leave_what_became_current_since() {
            domain.when(delete("s3")).done(diskOnly("s4")).when(undo(domain)).thenAccepted();

            assertThat(domain.state().snapshots().current()).contains(named("s4"));
            assertThat(domain.state()
                            .snapshots()
                            .find(named("s4"))
                            .orElseThrow()
                            .parent())
                    .contains(named("s2"));
        }

        @Test
        void do_their_work_when_the_time_is_over() {
            domain.when(delete("s2"));
            domain.when(collect(domain)).thenNothing();

            domain.later(HOUR);
            CollectionRequested work = domain.when(collect(domain)).event(CollectionRequested.class);
            assertThat(kinds(work.plan().steps()))
                    .containsExactly(CommitLayer.class, RemoveFile.class, RemoveFile.class);
            domain.whenFinished();
            assertThat(domain.state().pins().isEmpty()).isTrue();
            assertThat(domain.state().layers().files())
                    .containsExactlyInAnyOrder(
                            new HostPath("/images/a.qcow2"),
                            new HostPath("/images/a.s1"),
                            new HostPath("/images/a.s3"));
        }

        @Test
        void end_where_they_would_have_without_an_undo_time() {
            GivenDomain atOnce = running()
                    .done(diskOnly("s1"))
                    .done(withMemory("s2"))
                    .done(diskOnly("s3"))
                    .done(delete("s2"));

            domain.when(delete("s2")).later(HOUR).when(collect(domain)).whenFinished();

            assertThat(domain.state().layers().files())
                    .isEqualTo(atOnce.state().layers().files());
            assertThat(domain.state().snapshots().all())
                    .containsExactlyInAnyOrderElementsOf(
                            atOnce.state().snapshots().all());
        }

        @Test
        void of_a_base_that_a_branch_still_needs_end_without_the_host() {
            GivenDomain shared =
                    shutoff().undoableFor(HOUR).done(diskOnly("s1")).done(branch("s1", "b1", false));
            shared.when(delete("s1")).later(HOUR);

            shared.when(collect(shared)).event(PinEnded.class);

            assertThat(shared.state().pins().isEmpty()).isTrue();
            assertThat(shared.state().layers().usersOf(new HostPath("/images/a.qcow2")))
                    .containsExactly(named("b1"));
        }

        @Test
        void with_force_run_at_once() {
            domain.when(forced("s2")).event(DeletionRequested.class);
        }

        @Test
        void leave_a_memory_alone_that_was_left_to_the_user_with_a_branch_in_the_meantime() {
            GivenDomain two = running().undoableFor(HOUR).done(withMemory("m1")).done(branch("m1", "b1", false));
            two.when(delete("m1"));
            two.when(new Delete(named("b1"), Optional.empty(), true, false)).thenAccepted();

            two.later(HOUR).when(collect(two));

            assertThat(two.events()).hasExactlyElementsOfTypes(PinEnded.class);
            assertThat(two.state().pins().isEmpty()).isTrue();
        }

        @Test
        void of_the_record_alone_are_not_taken_back() {
            domain.when(new Delete(named("s2"), Optional.empty(), true, false)).thenAccepted();

            assertThat(domain.state().pins().isEmpty()).isTrue();
        }
    }

    @Nested
    class Reverts {
        @Test
        void keep_the_layers_that_they_leave_and_boot_on_them_again() {
            GivenDomain domain =
                    running().undoableFor(HOUR).done(diskOnly("s1")).done(diskOnly("s2"));
            HostPath left = active(domain.state());

            domain.done(revert("s1", Revert.Start.RUNNING));
            HostPath fresh = active(domain.state());
            UndoRequested undo = domain.when(undo(domain)).event(UndoRequested.class);

            assertThat(kinds(undo.plan().steps())).containsExactly(StopGuest.class, StartGuest.class, RemoveFile.class);
            assertThat(undo.plan().steps()).contains(new RemoveFile(fresh));
            assertThat(undo.start()).isEqualTo(RunState.RUNNING);
            domain.whenFinished();
            assertThat(active(domain.state())).isEqualTo(left);
            assertThat(domain.state().snapshots().current()).contains(named("s2"));
        }

        @Test
        void keep_the_tip_that_they_take_the_place_of() {
            GivenDomain domain = shutoff().undoableFor(HOUR).done(diskOnly("s1"));
            HostPath tip = active(domain.state());

            domain.done(revert("s1"));
            assertThat(domain.state().layers().tipOf(named("s1"))).hasSize(1);
            assertThat(domain.state().layers().find(tip)).isPresent();
            domain.done(undo(domain));

            assertThat(active(domain.state())).isEqualTo(tip);
            assertThat(domain.state().layers().all()).hasSize(2);
        }

        @Test
        void that_discard_keep_what_goes() {
            GivenDomain domain =
                    shutoff().undoableFor(HOUR).done(diskOnly("s1")).done(diskOnly("s2"));
            DomainState before = domain.state();

            domain.done(new Revert(
                    named("s1"), Optional.empty(), Optional.of(Revert.OnInvalidated.DISCARD), false, false, false));
            assertThat(domain.state().snapshots().has(named("s2"))).isFalse();
            domain.done(undo(domain));

            assertThat(domain.state().snapshots().all())
                    .containsExactlyInAnyOrderElementsOf(before.snapshots().all());
            assertThat(domain.state().snapshots().current()).contains(named("s2"));
            assertThat(domain.state().layers().files())
                    .isEqualTo(before.layers().files());
        }

        @Test
        void into_an_image_first_make_a_tag_of_their_own() {
            GivenDomain domain = shutoff()
                    .undoableFor(HOUR)
                    .done(Wishes.withoutMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL)));

            RevertRequested work = domain.when(revert("s1")).event(RevertRequested.class);
            assertThat(kinds(work.plan().steps())).containsExactly(MakeTags.class, RestoreTags.class);
            domain.whenFinished();
            UndoRequested undo = domain.when(undo(domain)).event(UndoRequested.class);
            assertThat(kinds(undo.plan().steps())).containsExactly(RestoreTags.class, RemoveTags.class);
            assertThat(undo.plan().steps())
                    .contains(new RestoreTags(work.pin().orElseThrow().undo()));
        }

        @Test
        void and_what_they_kept_are_decided_anew_when_the_guest_turns_out_to_be_off() {
            GivenDomain domain = running().undoableFor(HOUR).done(diskOnly("s1"));
            HostPath left = active(domain.state());
            domain.done(revert("s1", Revert.Start.RUNNING));

            domain.when(undo(domain)).whenReported(off());
            assertThat(kinds(domain.event(UndoRequested.class).plan().steps()))
                    .containsExactly(StartGuest.class, RemoveFile.class);
            domain.whenFinished();
            assertThat(active(domain.state())).isEqualTo(left);

            domain.done(revert("s1", Revert.Start.RUNNING)).later(HOUR);
            domain.when(collect(domain)).whenReported(off());
            assertThat(domain.event(CollectionRequested.class).attempt()).isEqualTo(2);
            domain.whenFinished();
            assertThat(domain.state().layers().find(left)).isEmpty();
            assertThat(domain.state().pins().isEmpty()).isTrue();
        }

        private static HostResult off() {
            return new HostResult.Refused(
                    RejectionCode.WRONG_STATE, "it is off", new Observation(RunState.SHUTOFF, List.of()));
        }

        @Test
        void that_left_a_tip_which_its_snapshot_still_has_end_with_nothing_to_do() {
            GivenDomain domain =
                    shutoff().undoableFor(HOUR).done(diskOnly("s1")).done(diskOnly("s2"));
            domain.done(revert("s1")).later(HOUR);

            domain.when(collect(domain)).event(PinEnded.class);

            assertThat(domain.state().layers().leftTipOf(named("s2"))).hasSize(1);
            assertThat(domain.state().pins().isEmpty()).isTrue();
        }

        @Test
        void W8_they_bring_the_domains_definition_back_and_so_does_taking_them_back() {
            GivenDomain domain = shutoff().undoableFor(HOUR).done(diskOnly("s1"));
            long before = domain.state().definition().orElseThrow().memoryBytes();
            DomainDefinition now = domain.state().definition().orElseThrow();
            domain.when(new UpdateDomain(
                            now.name(),
                            now.host(),
                            now.disks(),
                            before * 2,
                            now.qmpSocket(),
                            now.guestAgentSocket(),
                            now.launch()))
                    .thenAccepted();

            domain.done(revert("s1"));
            assertThat(domain.state().definition().orElseThrow().memoryBytes()).isEqualTo(before);
            domain.done(undo(domain));
            assertThat(domain.state().definition().orElseThrow().memoryBytes()).isEqualTo(before * 2);
        }
    }

    @Nested
    class Refusals {
        private final GivenDomain domain = shutoff()
                .undoableFor(HOUR)
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .done(diskOnly("s3"));

        @Test
        void the_newest_goes_first() {
            domain.when(delete("s3"));
            OperationId older = newest(domain);
            domain.when(delete("s2"));

            assertThat(domain.when(new UndoOperation(older))
                            .thenRejected(RejectionCode.WRONG_STATE)
                            .message())
                    .contains(newest(domain).toString())
                    .contains("newer one first");
        }

        @Test
        void what_is_over_or_was_never_to_be_taken_back_is_expired() {
            domain.when(delete("s3"));
            UndoOperation late = undo(domain);
            domain.later(HOUR).when(late).thenRejected(RejectionCode.UNDO_EXPIRED);
            domain.when(new UndoOperation(new OperationId(new UUID(1, 2)))).thenRejected(RejectionCode.UNDO_EXPIRED);
        }

        @Test
        void a_name_that_was_given_again_stands_in_the_way() {
            domain.when(delete("s3")).done(diskOnly("s3"));
            assertThat(active(domain.state())).isEqualTo(new HostPath("/images/a.s3-2"));

            assertThat(domain.when(undo(domain))
                            .thenRejected(RejectionCode.SNAPSHOT_EXISTS)
                            .message())
                    .contains("s3");
        }

        @Test
        void a_parent_that_is_gone_for_good_stands_in_the_way() {
            domain.when(delete("s2"));
            UndoOperation undo = undo(domain);
            domain.when(new Delete(named("s1"), Optional.empty(), true, false)).thenAccepted();

            assertThat(domain.when(undo).thenRejected(RejectionCode.WRONG_STATE).message())
                    .contains("parent \"s1\"");
        }

        @Test
        void a_merge_that_needs_what_is_kept_says_so_and_ends_it_only_with_force() {
            domain.when(delete("s2"));
            OperationId kept = newest(domain);

            assertThat(domain.when(merge("s1"))
                            .thenRejected(RejectionCode.WOULD_INVALIDATE)
                            .message())
                    .contains(kept.toString())
                    .contains("force");
            domain.done(new Merge(named("s1"), true));
            domain.when(new UndoOperation(kept)).thenRejected(RejectionCode.UNDO_EXPIRED);
        }

        @Test
        void discarding_into_an_image_needs_what_lies_on_it_and_says_so() {
            GivenDomain one = shutoff()
                    .undoableFor(HOUR)
                    .done(Wishes.withoutMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL)))
                    .done(diskOnly("s2"))
                    .when(delete("s2"));
            Deactivate discard = new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), false);

            one.when(discard).thenRejected(RejectionCode.WOULD_INVALIDATE);
            one.when(new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), true))
                    .thenAccepted();
        }

        @Test
        void a_merge_names_the_operation_that_left_a_layer_beside_what_it_would_fold() {
            GivenDomain one = shutoff().undoableFor(HOUR).done(diskOnly("s1")).done(revert("s1"));
            OperationId kept = newest(one);

            assertThat(one.when(merge("s1"))
                            .thenRejected(RejectionCode.WOULD_INVALIDATE)
                            .message())
                    .contains("/images/a.s1")
                    .contains(kept.toString());
        }

        @Test
        void a_domain_that_keeps_something_is_not_undefined_but_with_its_metadata() {
            GivenDomain one = shutoff().undoableFor(HOUR).done(diskOnly("s1")).when(delete("s1"));

            assertThat(one.when(new UndefineDomain(false))
                            .thenRejected(RejectionCode.DOMAIN_HAS_SNAPSHOTS)
                            .message())
                    .contains("undo time");
            one.when(new UndefineDomain(true)).thenAccepted();
        }
    }
}
