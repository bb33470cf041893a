package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.InFlight.Phase;
import io.snapledger.command.domain.TookEffect;
import io.snapledger.command.rollback.Rollback;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;

/**
 * Giving up an operation that does not end by itself, so that its domain is free. What the host has told decides what
 * the ledger has from then on.
 *
 * <pre>
 * only tidying up is left   ──► the success, and LeftoversKept names what nobody removes
 * anything else             ──► OperationAbandoned with what surely is so; the rest shows as drift
 * </pre>
 */
final class Abandoning {
    private Abandoning() {}

    static Decision decide(DomainState state, Facts facts, AbandonOperation asked) {
        InFlight operation = HostOperations.inFlight(state, asked.operation());
        requireStuck(operation, facts);
        List<Step> rest = rest(operation);
        boolean forward = isForward(operation);
        if (forward && rest.stream().allMatch(Abandoning::tidiesUp)) {
            return new Decision.Accepted(reached(state, operation, rest));
        }
        TookEffect effects = operation.withHost()
                ? operation.effects().perhaps(operation.work().plan())
                : operation.effects();
        return Decision.of(new Remains(state, operation, effects, forward, rest).event());
    }

    private static void requireStuck(InFlight operation, Facts facts) {
        boolean silent = facts.host().isEmpty() || facts.host().get().silent();
        boolean stalled = operation.phase() == Phase.STALLED && operation.withHost();
        refuseIf(
                stalled && !silent,
                RejectionCode.WRONG_STATE,
                "host " + operation.work().definition().host() + " is heard again and has operation "
                        + operation.operation() + " in hand; wait for its end");
        refuseIf(
                !stalled && operation.phase() != Phase.NEEDS_ATTENTION,
                RejectionCode.WRONG_STATE,
                "operation " + operation.operation()
                        + " goes on by itself; only one that needs attention, or is stalled since its host is silent, can"
                        + " be abandoned");
    }

    /** What is not surely done of the last attempt. */
    private static List<Step> rest(InFlight operation) {
        HostRun run = operation.failed().map(HostOperationFailed::run).orElse(HostRun.NOTHING);
        return Rollback.forward(operation.work(), run).steps();
    }

    /** Of a first attempt that nobody has heard of it is not known. */
    private static boolean isForward(InFlight operation) {
        HostRun run = operation.failed().map(HostOperationFailed::run).orElse(HostRun.NOTHING);
        return Rollback.way(operation.work(), run) == Recovery.RESUME;
    }

    /** Whether the operation's goal is reached without the step, but for what is left lying about and a guest that is off. */
    private static boolean tidiesUp(Step step) {
        return switch (step) {
            case Step.RemoveFile _, Step.RemoveTags _, Step.StartGuest _, Step.Thaw _ -> true;
            case Step.LoadMachine s -> s.disks().isEmpty();
            case Step.MakeOverlay _,
                    Step.ReuseOverlay _,
                    Step.SaveMemory _,
                    Step.Freeze _,
                    Step.SwitchActive _,
                    Step.MakeTags _,
                    Step.RestoreTags _,
                    Step.MakeMemoryImage _,
                    Step.SaveMachine _,
                    Step.CriticalSection _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _ -> false;
        };
    }

    private static List<DomainEvent> reached(DomainState state, InFlight operation, List<Step> rest) {
        HostRun run = operation.failed().map(HostOperationFailed::run).orElse(HostRun.NOTHING);
        List<DomainEvent> events = new ArrayList<>(Succeeding.events(operation, state, run));
        if (rest.stream().anyMatch(Step.StartGuest.class::isInstance)) {
            events.add(new RunStateObserved(RunState.SHUTOFF));
        }
        List<HostPath> files = rest.stream()
                .filter(Step.RemoveFile.class::isInstance)
                .map(s -> ((Step.RemoveFile) s).file())
                .toList();
        events.add(new LeftoversKept(
                operation.operation(),
                operation.work().definition().host(),
                "given up by an operator when its goal was reached"
                        + (files.isEmpty() ? "" : "; it was to remove " + files + ", which is yours to remove now"),
                files));
        return events;
    }
}
