package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AbandoningTest {
    private static final Failure CUT = new Failure.ConnectionLost("the monitor hung up");
    private static final Facts SILENT = Facts.of(Optional.of(new HostFacts(Defined.host(), true)));
    private static final Facts HEARD = Facts.of(Optional.of(new HostFacts(Defined.host(), false)));
    private static final HostPath A = new HostPath("/images/a.qcow2");
    private static final HostPath A_S1 = new HostPath("/images/a.s1");
    private static final HostPath B = new HostPath("/images/b.qcow2");
    private static final HostPath B_S1 = new HostPath("/images/b.s1");
    private static final SnapshotName S1 = new SnapshotName("s1");

    private static GivenDomain twoDisks() {
        return running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
    }

    /** Each attempt comes as far as the first such step and no further, until a person must look. */
    private static GivenDomain stuckAt(GivenDomain domain, Predicate<Step> step) {
        for (int tries = 0; tries < 20; tries++) {
            var operation = domain.state().inFlight().orElseThrow();
            if (operation.withHost()) {
                domain.whenReported(endedAt(operation.work().plan(), step)).thenAccepted();
            } else {
                OperationId id = operation.operation();
                int next = operation.attempt() + 1;
                if (domain.events().stream().anyMatch(OperationNeedsAttention.class::isInstance)) {
                    return domain;
                }
                domain.when(operation.goesBack() ? new RollBackOperation(id, next) : new ResumeOperation(id, next));
            }
        }
        throw new AssertionError("never needs attention: " + domain.events());
    }

    private static HostResult endedAt(Plan plan, Predicate<Step> step) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < plan.steps().size(); i++) {
            if (step.test(plan.steps().get(i))) {
                outcomes.add(new StepOutcome.Failed(i, 1, CUT));
                return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), CUT, List.of());
            }
            outcomes.add(GivenDomain.done(i, plan.steps().get(i)));
        }
        throw new AssertionError("no such step in " + plan.steps());
    }

    private static GivenDomain abandon(GivenDomain domain) {
        return domain.when(new AbandonOperation(domain.operation())).thenAccepted();
    }

    private static boolean removes(Step step) {
        return step instanceof Step.RemoveFile;
    }

    private static Predicate<Step> commitInto(HostPath base) {
        return s -> s instanceof Step.CommitLayer c && c.base().file().equals(base);
    }

    private static List<HostPath> layers(GivenDomain domain) {
        return domain.state().layers().all().stream().map(Layer::file).sorted().toList();
    }

    @Nested
    class Of_a_creation {
        @Test
        void frees_the_domain_and_names_what_could_not_be_removed() {
            GivenDomain domain = running().when(diskOnly("s1"));
            stuckAt(domain, s -> s instanceof Step.CriticalSection || s instanceof Step.SwitchActive || removes(s));

            OperationAbandoned event = abandon(domain).event(OperationAbandoned.class);

            assertThat(event.leftovers()).containsExactly(A_S1);
            assertThat(event.host()).isEqualTo(Defined.HOST);
            assertThat(event.message())
                    .startsWith("given up by an operator, the last attempt failed so: the monitor hung up")
                    .contains("these files are yours from now on")
                    .contains("shows as drift");
            assertThat(domain.state().inFlight()).isEmpty();
            assertThat(layers(domain)).containsExactly(A);
            domain.done(diskOnly("s2"));
        }

        @Test
        void keeps_an_overlay_that_the_guest_surely_writes() {
            GivenDomain domain = running().when(withMemory("s1"));
            HostRun told = GivenDomain.finished(domain.work().plan());
            List<StepOutcome> withoutSum = told.outcomes().stream()
                    .<StepOutcome>map(o -> new StepOutcome.Done(o.step(), 1, Optional.empty()))
                    .toList();
            domain.whenReported(new HostResult.Finished(new HostRun(withoutSum, Optional.empty(), Optional.empty())));
            domain.when(new RollBackOperation(domain.operation(), 2));
            stuckAt(domain, Step.CommitLayer.class::isInstance);

            OperationAbandoned event = abandon(domain).event(OperationAbandoned.class);

            assertThat(layers(domain)).containsExactly(A, A_S1);
            assertThat(domain.state()
                            .layers()
                            .isActive(domain.state().layers().find(A_S1).orElseThrow()))
                    .isTrue();
            assertThat(event.leftovers()).noneMatch(A_S1::equals).hasSize(1);
            assertThat(domain.state().snapshots().isEmpty()).isTrue();
            domain.done(diskOnly("s2")).done(delete("s2"));
            assertThat(layers(domain)).as("folded with the next").containsExactly(A);
        }
    }

    @Nested
    class Of_a_merge {
        @Test
        void whose_commit_had_begun_leaves_the_snapshot_consumed() {
            GivenDomain domain = running().done(diskOnly("s1")).when(merge("s1"));
            stuckAt(domain, commitInto(A));

            OperationAbandoned event = abandon(domain).event(OperationAbandoned.class);

            assertThat(event.consumed()).containsExactly(S1);
            assertThat(event.message()).contains("\"s1\" can only be merged or deleted again");
            assertThat(layers(domain)).containsExactly(A, A_S1);
            domain.when(revert("s1")).thenRejected(RejectionCode.WRONG_STATE);
            domain.done(merge("s1"));
            assertThat(layers(domain)).containsExactly(A);
        }

        @Test
        void that_came_half_way_has_the_disk_that_is_done_and_can_be_ended_later() {
            GivenDomain domain = twoDisks().done(diskOnly("s1")).when(merge("s1"));
            stuckAt(domain, commitInto(B));

            OperationAbandoned event = abandon(domain).event(OperationAbandoned.class);

            assertThat(layers(domain)).containsExactly(A, B, B_S1);
            assertThat(event.gone()).isEmpty();
            assertThat(event.left())
                    .singleElement()
                    .satisfies(s -> assertThat(s.disks())
                            .hasExactlyElementsOfTypes(DiskCapture.None.class, DiskCapture.External.class));
            assertThat(domain.state().snapshots().isConsumed(S1)).isTrue();
            domain.done(merge("s1"));
            assertThat(layers(domain)).containsExactly(A, B);
            assertThat(domain.state().snapshots().isEmpty()).isTrue();
        }

        @Test
        void that_only_has_to_be_tidied_up_has_succeeded() {
            GivenDomain domain = running().done(diskOnly("s1")).when(merge("s1"));
            stuckAt(domain, AbandoningTest::removes);

            abandon(domain);

            assertThat(domain.events()).hasExactlyElementsOfTypes(SnapshotMerged.class, LeftoversKept.class);
            assertThat(domain.event(LeftoversKept.class).files()).containsExactly(A_S1);
            assertThat(layers(domain)).containsExactly(A);
        }
    }

    @Nested
    class While_the_host_is_silent {
        private GivenDomain stalled(DomainCommand command) {
            GivenDomain domain = running().done(diskOnly("s1")).when(command);
            domain.with(SILENT).when(new ResumeOperation(domain.operation(), 2)).event(OperationStalled.class);
            return domain;
        }

        @Test
        void takes_nothing_for_granted_that_nobody_has_told() {
            OperationAbandoned event = abandon(stalled(merge("s1"))).event(OperationAbandoned.class);

            assertThat(event.code()).isEqualTo(RejectionCode.HOST_SILENT);
            assertThat(event.consumed()).containsExactly(S1);
            assertThat(event.layers().folded()).isEmpty();
            assertThat(event.message()).contains("while its host was silent");
        }

        @Test
        void names_the_files_that_may_be_there() {
            assertThat(abandon(stalled(diskOnly("s2")))
                            .event(OperationAbandoned.class)
                            .leftovers())
                    .containsExactly(new HostPath("/images/a.s2"));
        }

        @Test
        void is_refused_when_the_host_is_heard_again() {
            GivenDomain domain = stalled(merge("s1")).with(HEARD);

            assertThat(domain.when(new AbandonOperation(domain.operation()))
                            .thenRejected(RejectionCode.WRONG_STATE)
                            .message())
                    .contains("is heard again");
        }

        @Test
        void takes_no_report_of_it_from_the_host_that_comes_back() {
            GivenDomain domain = stalled(merge("s1"));
            OperationId operation = domain.operation();
            HostResult late =
                    new HostResult.Finished(GivenDomain.finished(domain.work().plan()));
            abandon(domain).with(HEARD);
            var before = domain.state();

            domain.when(new ReportHostOperation(Defined.HOST, 7, operation, 1, late))
                    .thenRejected(RejectionCode.OPERATION_NOT_FOUND);
            domain.when(new ResumeOperation(operation, 2)).thenRejected(RejectionCode.OPERATION_NOT_FOUND);

            assertThat(domain.state()).isEqualTo(before);
        }
    }

    @Nested
    class What_stands_still {
        @Test
        void says_what_to_do_next() {
            GivenDomain domain = running().when(diskOnly("s1"));
            stuckAt(domain, s -> s instanceof Step.CriticalSection || s instanceof Step.SwitchActive || removes(s));

            assertThat(domain.event(OperationNeedsAttention.class).message())
                    .contains("send RetryOperation, or give it up with AbandonOperation");
            assertThat(domain.when(new UndefineDomain(true))
                            .thenRejected(RejectionCode.DOMAIN_BUSY)
                            .message())
                    .contains("send RetryOperation or AbandonOperation");
            abandon(domain).when(new UndefineDomain(true)).thenAccepted();
        }

        @Test
        void goes_on_with_a_new_round_of_attempts_when_it_is_retried() {
            GivenDomain domain = running().when(diskOnly("s1"));
            Predicate<Step> broken =
                    s -> s instanceof Step.CriticalSection || s instanceof Step.SwitchActive || removes(s);
            stuckAt(domain, broken);
            int first = domain.work().attempt();

            domain.when(new RetryOperation(domain.operation())).thenAccepted();
            stuckAt(domain, broken);
            assertThat(domain.work().attempt()).isEqualTo(first + 5);
            domain.when(new RetryOperation(domain.operation())).thenAccepted();

            domain.whenFinished().event(OperationRolledBack.class);
        }

        @Test
        void goes_on_by_itself_and_is_not_given_up_while_the_host_has_it() {
            GivenDomain domain = running().when(diskOnly("s1"));

            domain.when(new AbandonOperation(domain.operation())).thenRejected(RejectionCode.WRONG_STATE);
        }
    }
}
