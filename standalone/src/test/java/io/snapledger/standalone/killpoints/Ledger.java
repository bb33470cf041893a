package io.snapledger.standalone.killpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Decision;
import io.snapledger.command.decide.Decisions;
import io.snapledger.command.decide.Facts;
import io.snapledger.command.decide.HostFacts;
import io.snapledger.command.decide.Request;
import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rule book with the state of one domain; it answers a host as the saga does. */
final class Ledger {
    static final HostName HOST = new HostName("here");
    private static final long EPOCH = 1;

    private final Domain domain;
    private final Facts facts;
    private DomainState state;
    private long seconds;

    Ledger(Domain domain, HostReport host) {
        this.domain = domain;
        this.facts = Facts.of(Optional.of(new HostFacts(host, false))).undoableFor(Duration.ZERO);
        this.state = DomainState.none().evolve(new DomainDefined(domain.definition()));
    }

    DomainState state() {
        return state;
    }

    /** What it knew then. */
    void goBackTo(DomainState then) {
        state = then;
    }

    void waits(Duration time) {
        seconds += time.toSeconds();
    }

    /** A user's wish, which must be granted. */
    List<DomainEvent> put(DomainCommand command) {
        return put(command, Duration.ZERO);
    }

    /** The same where what it does can be taken back for a while. */
    List<DomainEvent> put(DomainCommand command, Duration undoTime) {
        Request request =
                new Request(domain.id(), command, Instant.ofEpochSecond(++seconds), new OperationId(UUID.randomUUID()));
        return switch (Decisions.decide(state, facts.undoableFor(undoTime), request)) {
            case Decision.Accepted accepted -> {
                accepted.events().forEach(e -> state = state.evolve(e));
                yield accepted.events();
            }
            case Decision.Rejected rejected ->
                throw new AssertionError(
                        command + " is rejected: " + rejected.rejection().code() + " "
                                + rejected.rejection().message());
        };
    }

    void sees(Observation seen) {
        put(new ReportDomainState(HOST, EPOCH, seen));
    }

    /** What follows from the report, and from what the saga says to that; the next order, if there is one, is in flight. */
    List<DomainEvent> hears(HostResult result) {
        InFlight now = state.inFlight().orElseThrow();
        List<DomainEvent> events = put(new ReportHostOperation(HOST, EPOCH, now.operation(), now.attempt(), result));
        state.inFlight().filter(i -> !i.withHost()).ifPresent(this::answer);
        return events;
    }

    private void answer(InFlight now) {
        DomainEvent.HostOperationFailed failed = now.failed().orElseThrow();
        switch (failed.next()) {
            case ROLL_BACK -> put(new RollBackOperation(now.operation(), now.attempt() + 1));
            case RESUME -> put(new ResumeOperation(now.operation(), now.attempt() + 1));
            case NONE -> assertThat(failed).as("a person must look").isNull();
        }
    }
}
