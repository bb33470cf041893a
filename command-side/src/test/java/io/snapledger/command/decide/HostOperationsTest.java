package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.InFlight.Phase;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class HostOperationsTest {
    private static final Failure CUT = new Failure.ConnectionLost("the monitor hung up");
    private static final Facts SILENT = Facts.of(Optional.of(new HostFacts(Defined.host(), true)));
    private static final Facts HEARD = Facts.of(Optional.of(new HostFacts(Defined.host(), false)));

    @Nested
    class Failures {
        @Test
        void before_anything_was_destroyed_lead_back() {
            GivenDomain domain = running().when(diskOnly("s1")).whenReported(failedAt(1));

            assertThat(domain.event(HostOperationFailed.class).next()).isEqualTo(Recovery.ROLL_BACK);
            assertThat(phase(domain)).isEqualTo(Phase.ROLLING_BACK);
            domain.when(new RollBackOperation(domain.operation(), 2));
            assertThat(domain.event(RollbackRequested.class).plan().steps())
                    .contains(new RemoveFile(new HostPath("/images/a.s1")));
            assertThat(domain.whenFinished().event(OperationRolledBack.class).message())
                    .isEqualTo("the monitor hung up");
            assertThat(domain.state().inFlight()).isEmpty();
            assertThat(domain.state().snapshots().isEmpty()).isTrue();
        }

        @Test
        void X10_past_the_point_of_no_return_lead_forward_with_the_steps_that_are_left() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).when(delete("s1")).whenReported(failedAt(1));

            assertThat(domain.event(HostOperationFailed.class).next()).isEqualTo(Recovery.RESUME);
            domain.when(new RollBackOperation(domain.operation(), 2)).thenRejected(RejectionCode.WRONG_STATE);
            domain.when(new ResumeOperation(domain.operation(), 2));
            assertThat(domain.event(ResumeRequested.class).plan().steps())
                    .containsExactly(new RemoveFile(new HostPath("/images/a.s1")));
            assertThat(domain.whenFinished().event(SnapshotsDeleted.class).snapshots())
                    .hasSize(1);
        }

        @Test
        void with_nothing_to_take_back_end_at_once() {
            GivenDomain domain = running().when(diskOnly("s1")).whenReported(failedAt(0));

            assertThat(domain.events()).hasExactlyElementsOfTypes(HostOperationFailed.class, OperationRolledBack.class);
            assertThat(domain.state().inFlight()).isEmpty();
        }

        @Test
        void that_repeat_need_attention_and_can_be_retried_by_an_operator() {
            GivenDomain domain = running().when(diskOnly("s1")).whenReported(unknownAt(1));
            for (int attempt = 2; attempt <= 5; attempt++) {
                domain.when(new RollBackOperation(domain.operation(), attempt)).whenReported(unknownAt(0));
            }

            assertThat(domain.event(OperationNeedsAttention.class).leftovers())
                    .containsExactly(new HostPath("/images/a.s1"));
            assertThat(domain.event(OperationNeedsAttention.class).message())
                    .startsWith("5 attempts failed, the last one so: the monitor hung up");
            assertThat(phase(domain)).isEqualTo(Phase.NEEDS_ATTENTION);
            domain.when(new RollBackOperation(domain.operation(), 6)).thenRejected(RejectionCode.WRONG_STATE);
            domain.when(diskOnly("s2")).thenRejected(RejectionCode.DOMAIN_BUSY);
            domain.when(new RetryOperation(domain.operation())).thenAccepted();
            domain.whenFinished().event(OperationRolledBack.class);
        }

        @Test
        void are_told_once_however_often_they_are_reported() {
            GivenDomain domain = running().when(diskOnly("s1")).whenReported(failedAt(1));

            domain.whenReported(failedAt(1)).thenRejected(RejectionCode.WRONG_STATE);
            domain.when(new RollBackOperation(domain.operation(), 2)).thenAccepted();
            domain.when(new RollBackOperation(domain.operation(), 1)).thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void of_a_saved_memory_without_its_checksum_are_failures() {
            GivenDomain domain = running().when(withMemory("s1"));

            domain.whenReported(new HostResult.Finished(new HostRun(
                    List.of(new StepOutcome.Done(0, 1, Optional.empty()), new StepOutcome.Done(1, 1, Optional.empty())),
                    Optional.empty(),
                    Optional.empty())));

            assertThat(domain.event(HostOperationFailed.class).next()).isEqualTo(Recovery.ROLL_BACK);
        }
    }

    @Nested
    class Refusals {
        @Test
        void are_decided_anew_with_what_was_seen() {
            GivenDomain domain = given(Defined.domain(Defined.qcow2("vda", "/images/a.qcow2")))
                    .when(diskOnly("s1"))
                    .whenReported(refused(RunState.SHUTOFF));

            assertThat(domain.events())
                    .hasExactlyElementsOfTypes(RunStateObserved.class, SnapshotCreationRequested.class);
            SnapshotCreationRequested again = domain.event(SnapshotCreationRequested.class);
            assertThat(again.attempt()).isEqualTo(2);
            assertThat(again.plan().steps()).noneMatch(SwitchActive.class::isInstance);
            assertThat(again.plan().assumes().runState()).isEqualTo(RunState.SHUTOFF);
            domain.whenFinished();
            assertThat(domain.state().snapshots().size()).isEqualTo(1);
        }

        @Test
        void end_the_operation_when_the_wish_makes_no_sense_any_more() {
            GivenDomain domain = running().when(withMemory("s1")).whenReported(refused(RunState.SHUTOFF));

            assertThat(domain.event(OperationRolledBack.class).code()).isEqualTo(RejectionCode.NO_MEMORY_TO_SAVE);
            assertThat(domain.state().inFlight()).isEmpty();
            assertThat(domain.state().runState()).contains(RunState.SHUTOFF);
        }

        @Test
        void end_the_operation_the_second_time() {
            GivenDomain domain = running()
                    .when(diskOnly("s1"))
                    .whenReported(refused(RunState.SHUTOFF))
                    .whenReported(refused(RunState.RUNNING));

            assertThat(domain.event(OperationRolledBack.class).code()).isEqualTo(RejectionCode.WRONG_STATE);
        }

        @Test
        void end_the_operation_when_the_same_plan_would_follow() {
            GivenDomain domain = running()
                    .when(diskOnly("s1"))
                    .whenReported(new HostResult.Refused(
                            RejectionCode.FILE_EXISTS, "a.s1 is there", new Observation(RunState.RUNNING, List.of())));

            assertThat(domain.events()).hasExactlyElementsOfTypes(OperationRolledBack.class);
            assertThat(domain.event(OperationRolledBack.class).code()).isEqualTo(RejectionCode.FILE_EXISTS);
        }

        @Test
        void let_a_disk_only_snapshot_of_a_paused_guest_go_on() {
            GivenDomain domain = running().when(withMemory("s1")).whenReported(refused(RunState.PAUSED));

            assertThat(domain.opening().plan().steps()).anyMatch(CriticalSection.class::isInstance);
            assertThat(domain.opening().plan().assumes().runState()).isEqualTo(RunState.PAUSED);
        }

        @Test
        void of_a_revert_are_decided_anew_too() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).when(revert("s1")).whenReported(refused(RunState.SHUTOFF));

            assertThat(domain.opening().attempt()).isEqualTo(2);
            domain.whenFinished();
            assertThat(domain.state().layers().leftTipOf(Wishes.named("s1"))).isEmpty();
        }
    }

    @Nested
    class Silence {
        @Test
        void stalls_once_and_repeats_the_very_same_order_when_the_host_is_heard_again() {
            GivenDomain domain = running().when(diskOnly("s1"));
            DomainEvent order = domain.opening();

            domain.with(SILENT).when(new ResumeOperation(domain.operation(), 2));
            assertThat(domain.events()).hasExactlyElementsOfTypes(OperationStalled.class);
            assertThat(phase(domain)).isEqualTo(Phase.STALLED);
            domain.when(new ResumeOperation(domain.operation(), 2)).thenNothing();
            domain.with(HEARD).when(new ResumeOperation(domain.operation(), 2));

            assertThat(domain.events()).containsExactly(order);
            assertThat(phase(domain)).isEqualTo(Phase.RUNNING);
        }

        @Test
        void of_a_rollback_is_looked_after_too() {
            GivenDomain domain = running().when(diskOnly("s1")).whenReported(failedAt(1));
            domain.when(new RollBackOperation(domain.operation(), 2));
            DomainEvent order = domain.event(RollbackRequested.class);

            domain.when(new RollBackOperation(domain.operation(), 3));

            assertThat(domain.events()).containsExactly(order);
            assertThat(domain.state().inFlight().orElseThrow().tries()).isEqualTo(1);
        }

        @Test
        void does_not_undo_unseen() {
            GivenDomain domain = running().when(diskOnly("s1"));

            domain.with(SILENT)
                    .when(new RollBackOperation(domain.operation(), 2))
                    .thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void ends_with_a_report_that_counts() {
            GivenDomain domain = running().when(diskOnly("s1"));
            domain.with(SILENT).when(new ResumeOperation(domain.operation(), 2));

            domain.with(HEARD).whenFinished().thenAccepted();

            assertThat(domain.state().snapshots().size()).isEqualTo(1);
        }
    }

    @Nested
    class Reports {
        @Test
        void of_a_run_state_count_only_when_they_tell_something_new() {
            GivenDomain domain = running();

            domain.whenSeen(RunState.RUNNING).thenNothing();
            assertThat(domain.whenSeen(RunState.PAUSED)
                            .event(RunStateObserved.class)
                            .runState())
                    .isEqualTo(RunState.PAUSED);
        }

        @Test
        void of_a_run_state_wait_while_the_host_is_at_work() {
            running().when(diskOnly("s1")).whenSeen(RunState.PAUSED).thenNothing();
        }

        @Test
        void of_another_host_or_an_older_life_are_not_taken() {
            GivenDomain domain = running().when(diskOnly("s1"));
            HostResult result = new HostResult.Finished(HostRun.NOTHING);

            domain.when(new ReportHostOperation(new HostName("h2"), 7, domain.operation(), 1, result))
                    .thenRejected(RejectionCode.NOT_PERMITTED);
            domain.when(new ReportHostOperation(Defined.HOST, 6, domain.operation(), 1, result))
                    .thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void of_a_run_state_are_taken_from_the_domains_host_alone() {
            running()
                    .when(new ReportDomainState(new HostName("h2"), 7, new Observation(RunState.SHUTOFF, List.of())))
                    .thenRejected(RejectionCode.NOT_PERMITTED);
            running()
                    .when(new ReportDomainState(Defined.HOST, 6, new Observation(RunState.SHUTOFF, List.of())))
                    .thenRejected(RejectionCode.WRONG_STATE);
        }

        @Test
        void of_an_operation_that_is_not_in_flight_are_not_taken() {
            OperationId other = new OperationId(new UUID(9, 9));

            shutoff()
                    .when(new ReportHostOperation(Defined.HOST, 7, other, 1, new HostResult.Finished(HostRun.NOTHING)))
                    .thenRejected(RejectionCode.OPERATION_NOT_FOUND);
        }
    }

    private static Phase phase(GivenDomain domain) {
        return domain.state().inFlight().orElseThrow().phase();
    }

    private static HostResult refused(RunState seen) {
        return new HostResult.Refused(
                RejectionCode.WRONG_STATE, "the guest is " + seen, new Observation(seen, List.of()));
    }

    private static HostResult failedAt(int step) {
        return endedBy(step, new StepOutcome.Failed(step, 1, CUT));
    }

    private static HostResult unknownAt(int step) {
        return endedBy(step, new StepOutcome.Unknown(step, 1, CUT));
    }

    private static HostResult endedBy(int step, StepOutcome last) {
        List<StepOutcome> outcomes = new java.util.ArrayList<>();
        for (int i = 0; i < step; i++) {
            outcomes.add(new StepOutcome.Done(i, 1, Optional.empty()));
        }
        outcomes.add(last);
        return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), CUT, List.of());
    }
}
