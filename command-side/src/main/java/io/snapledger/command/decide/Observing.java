package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Taking in what an executor sees of a domain. Only what differs becomes an event. */
final class Observing {
    private Observing() {}

    /**
     * While the host works on the domain its run state changes by our own steps; that is reported again afterwards. Tags
     * were seen before the work began, and are told once. Files are compared while nothing is in flight; they are told
     * anew when that is over.
     */
    static Decision decide(DomainState state, Facts facts, ReportDomainState report, Request request) {
        requireTrusted(Situation.definitionOf(state, request), facts, report.host(), report.epoch());
        RunState seen = report.seen().runState();
        boolean ours = state.inFlight().stream().anyMatch(InFlight::withHost);
        List<DomainEvent> events = new ArrayList<>();
        if (!ours && !state.runState().equals(Optional.of(seen))) {
            events.add(new RunStateObserved(seen));
        }
        report.seen().tags().flatMap(state.tags()::change).ifPresent(events::add);
        if (state.inFlight().isEmpty()) {
            Drifting.change(state, report.seen()).ifPresent(drift -> {
                events.add(drift);
                Drifting.released(report.host(), drift).ifPresent(events::add);
            });
        }
        return new Decision.Accepted(events);
    }

    /** Only the domain's own host tells of it, and only in the host's present life. */
    static void requireTrusted(DomainDefinition definition, Facts facts, HostName host, long epoch) {
        refuseIf(
                !definition.host().equals(host),
                RejectionCode.NOT_PERMITTED,
                "domain " + definition.name() + " is on host " + definition.host() + "; host " + host
                        + " cannot report on it");
        refuseIf(
                facts.host().stream().anyMatch(h -> h.report().epoch() > epoch),
                RejectionCode.WRONG_STATE,
                "host " + host + " was started anew since epoch " + epoch + "; its reports of then are not taken");
    }
}
