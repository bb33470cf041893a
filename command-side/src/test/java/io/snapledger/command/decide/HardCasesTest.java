package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two faults at once, hosts that come back after days, and what else an operation may meet on its way. */
class HardCasesTest {
    private static final Failure CUT = new Failure.ConnectionLost("the monitor hung up");

    /** The host in a life of its own, silent or not. */
    private static Facts life(long epoch, boolean silent) {
        HostReport host = Defined.host();
        return Facts.of(Optional.of(new HostFacts(
                new HostReport(
                        host.host(),
                        epoch,
                        host.storageRoots(),
                        host.socketFolder(),
                        host.launches(),
                        host.qemuVersion(),
                        host.steps(),
                        host.freeBytes()),
                silent)));
    }

    private static HostResult unknownAt(int step) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < step; i++) {
            outcomes.add(new StepOutcome.Done(i, 1, Optional.empty()));
        }
        outcomes.add(new StepOutcome.Unknown(step, 1, CUT));
        return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), CUT, List.of());
    }

    private static DomainCommand report(GivenDomain domain, long epoch, HostResult result) {
        return new ReportHostOperation(
                Defined.HOST, epoch, domain.operation(), domain.work().attempt(), result);
    }

    @Test
    void a_rollback_that_fails_while_its_host_starts_anew_is_ended_by_the_hosts_next_life() {
        GivenDomain domain = running().when(diskOnly("s1")).whenReported(unknownAt(1));
        domain.when(new RollBackOperation(domain.operation(), 2)).thenAccepted();
        DomainEvent order = domain.event(RollbackRequested.class);

        domain.with(life(8, false));
        domain.when(report(domain, 7, unknownAt(0))).thenRejected(RejectionCode.WRONG_STATE);
        domain.when(new RollBackOperation(domain.operation(), 3));
        assertThat(domain.events()).as("the very same order").containsExactly(order);
        domain.when(report(domain, 8, unknownAt(0)));
        assertThat(domain.event(HostOperationFailed.class).attempt()).isEqualTo(2);
        domain.when(new RollBackOperation(domain.operation(), 3)).thenAccepted();

        domain.when(report(
                domain,
                8,
                new HostResult.Finished(GivenDomain.finished(domain.work().plan()))));
        assertThat(domain.event(OperationRolledBack.class).message()).isEqualTo("the monitor hung up");
    }

    @Test
    void a_word_of_the_saga_that_is_said_twice_begins_one_attempt() {
        GivenDomain domain = running().when(diskOnly("s1")).whenReported(unknownAt(1));
        domain.when(new RollBackOperation(domain.operation(), 2)).thenAccepted();
        DomainEvent order = domain.event(RollbackRequested.class);

        domain.when(new RollBackOperation(domain.operation(), 2));

        assertThat(domain.events()).containsExactly(order);
        assertThat(domain.state().inFlight().orElseThrow().attempt()).isEqualTo(2);
    }

    @Test
    void a_word_of_the_saga_that_comes_when_all_is_over_is_refused() {
        GivenDomain domain = running().when(diskOnly("s1"));
        OperationId operation = domain.operation();
        domain.whenFinished();

        domain.when(new RollBackOperation(operation, 2)).thenRejected(RejectionCode.OPERATION_NOT_FOUND);
        domain.when(new ResumeOperation(operation, 2)).thenRejected(RejectionCode.OPERATION_NOT_FOUND);
    }

    @Test
    void a_host_that_comes_back_after_days_tells_in_its_new_life_what_it_did_in_the_old_one() {
        GivenDomain domain = running().done(diskOnly("s1")).when(delete("s1"));
        HostResult done =
                new HostResult.Finished(GivenDomain.finished(domain.work().plan()));
        domain.with(life(7, true))
                .when(new ResumeOperation(domain.operation(), 2))
                .event(OperationStalled.class);

        domain.with(life(9, false));
        domain.when(report(domain, 7, done)).thenRejected(RejectionCode.WRONG_STATE);

        domain.when(report(domain, 9, done)).event(SnapshotsDeleted.class);
    }

    @Test
    void a_host_that_comes_back_with_an_attempt_of_long_ago_is_not_heard() {
        GivenDomain domain = running().when(diskOnly("s1")).whenReported(unknownAt(1));
        domain.when(new RollBackOperation(domain.operation(), 2)).thenAccepted();

        assertThat(domain.when(new ReportHostOperation(Defined.HOST, 7, domain.operation(), 1, unknownAt(1)))
                        .thenRejected(RejectionCode.WRONG_STATE)
                        .message())
                .contains("attempt 1")
                .contains("is over");
    }

    @Test
    void a_domain_is_not_undefined_before_its_operation_is_over_and_is_told_what_helps() {
        GivenDomain domain = running().when(diskOnly("s1"));
        UndefineDomain undefine = new UndefineDomain(true);

        assertThat(domain.when(undefine).thenRejected(RejectionCode.DOMAIN_BUSY).message())
                .contains("wait for it, or see: snapledger operations " + domain.operation());
        domain.with(life(7, true))
                .when(new ResumeOperation(domain.operation(), 2))
                .event(OperationStalled.class);
        assertThat(domain.when(undefine).thenRejected(RejectionCode.DOMAIN_BUSY).message())
                .contains("its host h1 is silent, see to its executor or send AbandonOperation");
        domain.when(new DomainCommand.AbandonOperation(domain.operation())).thenAccepted();

        domain.when(undefine).thenAccepted();
        assertThat(domain.state().definition()).isEmpty();
    }
}
