package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.revert;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainEvent.CancellationRequested;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CancellingTest {
    private static final SnapshotName S1 = new SnapshotName("s1");
    private static final Failure CANCELLED = new Failure.Cancelled("its commit was ended");
    private static final Failure BROKEN = new Failure.HostRefused("the disk is broken");

    private static GivenDomain merging() {
        return running().done(diskOnly("s1")).when(merge("s1")).thenAccepted();
    }

    private static GivenDomain cancelling() {
        GivenDomain domain = merging();
        return domain.when(new CancelOperation(domain.operation())).thenAccepted();
    }

    /** The steps before are done, and this one failed. */
    private static HostResult failedAt(GivenDomain domain, int step, Failure failure) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < step; i++) {
            outcomes.add(GivenDomain.done(i, domain.work().plan().steps().get(i)));
        }
        outcomes.add(new StepOutcome.Failed(step, 1, failure));
        return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), failure, List.of());
    }

    @Test
    void the_host_is_asked_once_however_often_it_is_wished() {
        GivenDomain domain = cancelling();

        assertThat(domain.event(CancellationRequested.class))
                .isEqualTo(new CancellationRequested(domain.operation(), 1, Defined.HOST));
        domain.when(new CancelOperation(domain.operation())).thenNothing();
        domain.when(diskOnly("s2")).thenRejected(RejectionCode.DOMAIN_BUSY);
    }

    @Test
    void a_merge_whose_commit_had_begun_leaves_its_snapshot_consumed_and_can_be_asked_for_again() {
        GivenDomain domain = cancelling();

        domain.whenReported(failedAt(domain, 0, CANCELLED));

        OperationCancelled end = domain.event(OperationCancelled.class);
        assertThat(domain.events()).containsExactly(end);
        assertThat(end.consumed()).containsExactly(S1);
        assertThat(end.message()).contains("\"s1\" can only be merged or deleted again");
        assertThat(domain.state().inFlight()).isEmpty();
        domain.when(revert("s1")).thenRejected(RejectionCode.WRONG_STATE);
        domain.done(merge("s1")).event(SnapshotMerged.class);
        assertThat(domain.state().snapshots().isEmpty()).isTrue();
    }

    @Test
    void what_is_consumed_stays_so_when_the_next_merge_is_refused_by_the_host() {
        GivenDomain domain = cancelling();
        domain.whenReported(failedAt(domain, 0, CANCELLED)).when(merge("s1")).thenAccepted();
        domain.when(new CancelOperation(domain.operation()));

        domain.whenReported(new HostResult.Failed(HostRun.NOTHING, CANCELLED, List.of()));

        assertThat(domain.event(OperationCancelled.class).consumed()).isEmpty();
        assertThat(domain.state().snapshots().isConsumed(S1)).isTrue();
    }

    @Test
    void one_that_was_not_begun_leaves_all_as_it_was() {
        GivenDomain domain = cancelling();

        domain.whenReported(new HostResult.Failed(HostRun.NOTHING, CANCELLED, List.of()));

        assertThat(domain.event(OperationCancelled.class).consumed()).isEmpty();
        assertThat(domain.state().snapshots().isConsumed(S1)).isFalse();
        domain.when(revert("s1")).thenAccepted();
    }

    @Test
    void one_that_came_to_its_end_before_the_wish_did_has_succeeded() {
        assertThat(cancelling().whenFinished().event(SnapshotMerged.class).snapshot())
                .isEqualTo(S1);
    }

    @Test
    void one_that_fails_by_itself_is_not_tried_again() {
        GivenDomain domain = cancelling();

        domain.whenReported(failedAt(domain, 0, BROKEN));

        assertThat(domain.event(OperationCancelled.class).consumed()).containsExactly(S1);
    }

    @Test
    void one_whose_outcome_nobody_knows_is_tried_again_and_can_be_cancelled_then() {
        GivenDomain domain = cancelling();
        Failure cut = new Failure.ConnectionLost("the monitor hung up");

        domain.whenReported(new HostResult.Failed(
                new HostRun(List.of(new StepOutcome.Unknown(0, 1, cut)), Optional.empty(), Optional.empty()),
                cut,
                List.of()));
        domain.event(HostOperationFailed.class);
        domain.when(new ResumeOperation(domain.operation(), 2)).thenAccepted();
        domain.whenReported(new HostResult.Failed(HostRun.NOTHING, CANCELLED, List.of()));

        assertThat(domain.event(OperationCancelled.class).consumed()).containsExactly(S1);
    }

    @Test
    void past_the_switch_over_it_only_goes_forward() {
        GivenDomain domain = cancelling();

        domain.whenReported(failedAt(domain, 1, BROKEN));
        assertThat(domain.event(HostOperationFailed.class).next()).isEqualTo(HostOperationFailed.Recovery.RESUME);
        domain.when(new ResumeOperation(domain.operation(), 2)).thenAccepted();

        assertThat(domain.when(new CancelOperation(domain.operation()))
                        .thenRejected(RejectionCode.NOT_CANCELLABLE)
                        .message())
                .contains("past the switch-over");
        domain.whenFinished().event(SnapshotMerged.class);
    }

    @Test
    void a_deletion_that_folds_can_be_cancelled_too() {
        GivenDomain domain = running().done(diskOnly("s1")).when(delete("s1"));

        domain.when(new CancelOperation(domain.operation())).thenAccepted();
        domain.whenReported(failedAt(domain, 0, CANCELLED));

        assertThat(domain.event(OperationCancelled.class).consumed()).containsExactly(S1);
        domain.done(delete("s1"));
    }

    @Test
    void other_work_cannot_be_cancelled() {
        GivenDomain creating = running().when(diskOnly("s1"));
        GivenDomain rollingBack = running().when(diskOnly("s1"));
        rollingBack.whenReported(failedAt(rollingBack, 1, BROKEN));

        assertThat(creating.when(new CancelOperation(creating.operation()))
                        .thenRejected(RejectionCode.NOT_CANCELLABLE)
                        .message())
                .contains("only a merge, or a deletion that folds one layer into another");
        rollingBack.when(new CancelOperation(rollingBack.operation())).thenRejected(RejectionCode.NOT_CANCELLABLE);
        shutoff()
                .when(new CancelOperation(new OperationId(new UUID(0, 9))))
                .thenRejected(RejectionCode.OPERATION_NOT_FOUND);
    }

    @Test
    void a_deletion_that_first_removes_what_nobody_needs_only_goes_forward() {
        GivenDomain domain = running()
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .done(revert("s1"))
                .when(delete("s2"));

        String why = domain.when(new CancelOperation(domain.operation()))
                .thenRejected(RejectionCode.NOT_CANCELLABLE)
                .message();

        assertThat(why).contains("removes what nothing refers to");
    }

    @Test
    void a_merge_that_ends_what_was_kept_for_an_undo_only_goes_forward() {
        GivenDomain domain = running()
                .undoableFor(Duration.ofHours(1))
                .done(diskOnly("s1"))
                .done(revert("s1"))
                .when(new io.snapledger.schema.domain.DomainCommand.Merge(S1, true));

        assertThat(domain.event(io.snapledger.schema.domain.DomainEvent.MergeRequested.class)
                        .layers()
                        .unpinned())
                .isNotEmpty();
        assertThat(domain.when(new CancelOperation(domain.operation()))
                        .thenRejected(RejectionCode.NOT_CANCELLABLE)
                        .message())
                .contains("could be undone");
    }

    @Test
    void a_merge_that_the_host_refuses_after_all_is_rolled_back() {
        GivenDomain domain = cancelling();

        domain.whenReported(new HostResult.Refused(
                RejectionCode.NO_SPACE,
                "no room",
                new io.snapledger.schema.operation.Observation(
                        io.snapledger.schema.value.RunState.RUNNING, List.of())));

        domain.event(OperationRolledBack.class);
    }
}
