package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.DescribeSnapshot;
import io.snapledger.schema.domain.DomainCommand.ImportTree;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.RedefineSnapshot;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.domain.DomainCommand.UpdateDomain;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.InvalidValueException;
import java.util.ArrayList;
import java.util.List;

/** What follows from a command: one arm per command, each naming the method that decides. */
public final class Decisions {
    private Decisions() {}

    /**
     * Decides. The same arguments give the same decision.
     *
     * <p>When another domain has claimed what the events claim ({@link Claims#claimedBy}), the caller asks again with
     * {@link Facts#takenFiles()} or {@link Facts#nameTaken()}. A {@code ResumeOperation} for an operation whose host has
     * the work, or a {@code RollBackOperation} while that is a rollback, gives the last order once more, unchanged; it may be sent again and again, each under an id of its own.
     */
    public static Decision decide(DomainState state, Facts facts, Request request) {
        try {
            return settled(state, decided(state, facts, request));
        } catch (RejectedException e) {
            return new Decision.Rejected(e.rejection());
        } catch (InvalidValueException e) {
            return new Decision.Rejected(Rejection.of(e.code(), e.reason()));
        }
    }

    /** What the events themselves make an end of is no drift any more. */
    private static Decision settled(DomainState state, Decision decision) {
        if (state.drift().isEmpty() || !(decision instanceof Decision.Accepted accepted)) {
            return decision;
        }
        DomainState after = state;
        for (DomainEvent event : accepted.events()) {
            if (event instanceof SnapshotRedefined redefined) {
                Drifting.requireNotReleased(
                        state,
                        redefined.adopted().layers().stream().map(Layer::file).toList());
            }
            after = after.evolve(event);
        }
        List<DomainEvent> events = new ArrayList<>(accepted.events());
        Drifting.settled(after).ifPresent(events::add);
        return new Decision.Accepted(events);
    }

    private static Decision decided(DomainState state, Facts facts, Request request) {
        return switch (request.command()) {
            case DefineDomain c -> DefiningDomain.define(state, facts, c, request);
            case UpdateDomain c -> DefiningDomain.update(state, facts, c, request);
            case UndefineDomain c -> DefiningDomain.undefine(state, c, request);
            case CreateSnapshot c -> CreatingSnapshot.decide(Situation.first(state, facts, request), c);
            case Branch c -> Branching.decide(Situation.first(state, facts, request), c);
            case Revert c -> Reverting.decide(Situation.first(state, facts, request), c);
            case Delete c -> Deleting.decide(Situation.first(state, facts, request), c);
            case Merge c -> Merging.decide(Situation.first(state, facts, request), c);
            case Deactivate c -> Deactivating.decide(Situation.first(state, facts, request), c);
            case RedefineSnapshot c -> Redefining.redefine(Situation.first(state, facts, request), request, c);
            case ImportTree c -> Importing.decide(Situation.first(state, facts, request), request, c);
            case SetCurrent c -> Redefining.setCurrent(Situation.first(state, facts, request), c);
            case DescribeSnapshot c -> Redefining.describe(Situation.first(state, facts, request), c);
            case UndoOperation c -> Undoing.decide(Situation.first(state, facts, request), c);
            case CancelOperation c -> Cancelling.decide(state, c);
            case RetryOperation c -> HostOperations.retry(state, c);
            case AbandonOperation c -> Abandoning.decide(state, facts, c);
            case ReportDomainState c -> Observing.decide(state, facts, c, request);
            case ReportHostOperation c -> HostOperations.report(state, facts, c, request);
            case RollBackOperation c -> HostOperations.rollBack(state, facts, c);
            case ResumeOperation c -> HostOperations.resume(state, facts, c);
            case CollectPin c -> Collecting.decide(Situation.first(state, facts, request), c);
        };
    }
}
