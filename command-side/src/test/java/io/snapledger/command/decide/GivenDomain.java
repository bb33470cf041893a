package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A domain that commands are put to: {@code given(…).done(…).when(…).thenRejected(…)}. Each decision's events are
 * evolved at once; {@code done} also lets the host do all that follows.
 */
final class GivenDomain {
    static final Instant AT = Instant.parse("2026-11-21T06:00:00Z");

    private DomainState state = DomainState.none();
    private Facts facts = Facts.of(Optional.of(new HostFacts(Defined.host(), false)));
    private Decision decision = new Decision.Accepted(List.of());
    private int operations;
    private Instant now = AT;

    static GivenDomain notDefined() {
        return new GivenDomain();
    }

    static GivenDomain given(DomainDefinition definition) {
        GivenDomain given = new GivenDomain();
        given.state = given.state.evolve(new DomainDefined(definition));
        return given;
    }

    static GivenDomain running(Disk... disks) {
        return given(Defined.domain(disks)).seen(RunState.RUNNING);
    }

    static GivenDomain shutoff(Disk... disks) {
        return given(Defined.domain(disks)).seen(RunState.SHUTOFF);
    }

    static GivenDomain running() {
        return running(Defined.qcow2("vda", "/images/a.qcow2"));
    }

    static GivenDomain shutoff() {
        return shutoff(Defined.qcow2("vda", "/images/a.qcow2"));
    }

    GivenDomain seen(RunState runState) {
        state = state.evolve(new RunStateObserved(runState));
        return this;
    }

    GivenDomain with(Facts others) {
        facts = others;
        return this;
    }

    GivenDomain takenByOthers(String... files) {
        facts = facts.taken(
                Set.copyOf(List.of(files).stream().map(HostPath::new).toList()), false);
        return this;
    }

    /** Reverts and deletions can be taken back for as long. */
    GivenDomain undoableFor(Duration time) {
        facts = facts.undoableFor(time);
        return this;
    }

    GivenDomain later(Duration time) {
        now = now.plus(time);
        return this;
    }

    GivenDomain when(DomainCommand command) {
        operations++;
        Request request = new Request(Defined.WEB, command, now, new OperationId(new UUID(7, operations)));
        decision = Decisions.decide(state, facts, request);
        if (decision instanceof Decision.Accepted accepted) {
            accepted.events().forEach(e -> state = state.evolve(e));
        }
        return this;
    }

    /** The command, and all that the host does about it. */
    GivenDomain done(DomainCommand command) {
        when(command).thenAccepted();
        return whenFinished().thenAccepted();
    }

    GivenDomain whenFinished() {
        return whenReported(new HostResult.Finished(finished(work().plan())));
    }

    GivenDomain whenReported(HostResult result) {
        return when(new ReportHostOperation(Defined.HOST, 7, work().operation(), work().attempt(), result));
    }

    GivenDomain whenSeen(RunState runState) {
        return when(new ReportDomainState(Defined.HOST, 7, new Observation(runState, List.of())));
    }

    static HostRun finished(Plan plan) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < plan.steps().size(); i++) {
            outcomes.add(done(i, plan.steps().get(i)));
        }
        return new HostRun(outcomes, Optional.of(5L), Optional.empty());
    }

    static StepOutcome done(int index, Step step) {
        boolean memory = step instanceof Step.CriticalSection section
                && section.steps().stream().anyMatch(Step.SaveMemory.class::isInstance);
        return new StepOutcome.Done(
                index, 1, memory ? Optional.of(new SavedMemory(4096, "ab".repeat(32))) : Optional.empty());
    }

    GivenDomain thenAccepted() {
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        return this;
    }

    GivenDomain thenNothing() {
        assertThat(events()).isEmpty();
        return this;
    }

    Rejection thenRejected(RejectionCode code) {
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        Rejection rejection = ((Decision.Rejected) decision).rejection();
        assertThat(rejection.code()).as(rejection.message()).isEqualTo(code);
        return rejection;
    }

    List<DomainEvent> events() {
        thenAccepted();
        return ((Decision.Accepted) decision).events();
    }

    <E extends DomainEvent> E event(Class<E> type) {
        return events().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    Opening opening() {
        return event(Opening.class);
    }

    GivenDomain thenSteps(Step... steps) {
        assertThat(event(HostWork.class).plan().steps()).containsExactly(steps);
        return this;
    }

    HostWork work() {
        return state.inFlight().orElseThrow().work();
    }

    OperationId operation() {
        return work().operation();
    }

    DomainState state() {
        return state;
    }
}
