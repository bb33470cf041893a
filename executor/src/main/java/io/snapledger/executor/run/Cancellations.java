package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The operations that are to end before they are done, and the steps that must hear of it. A wish stands in the journal
 * first, so that it outlives the executor, and may come before its order, while that runs, or after its end. Once a step is
 * done that destroys something an operation only goes forward, in whatever attempt that was. One that the ledger has given
 * up begins no further step at all. Safe for many threads.
 */
final class Cancellations {
    private final Journal journal;
    private final Set<OperationId> open = new HashSet<>();
    private final Set<OperationId> wished = new HashSet<>();
    private final Set<OperationId> abandoned = new HashSet<>();
    private final Map<OperationId, StepWork> running = new HashMap<>();

    Cancellations(Journal journal) {
        this.journal = journal;
    }

    /** One that the journal holds; for an order that has not begun it is found there in time. */
    synchronized void wish(OperationId operation) {
        if (open.contains(operation)) {
            wished.add(operation);
        }
        StepWork work = running.get(operation);
        if (work != null) {
            work.cancel();
        }
    }

    /** One that the journal holds; the step that runs ends where a wish would end it, else it comes to its own end. */
    synchronized void giveUp(OperationId operation) {
        if (open.contains(operation)) {
            abandoned.add(operation);
        }
        wish(operation);
    }

    /**
     * A commit that was begun and can still end is gone into once more, to be ended.
     *
     * @throws HostException cancelled, when the ledger has given the operation up
     */
    void requireNotAbandoned(Order order, Collection<StepOutcome> outcomes, Optional<Step> begun) throws HostException {
        boolean ends = begun.filter(Step.CommitLayer.class::isInstance).isPresent() && canEnd(order, outcomes);
        if (isAbandoned(order) && !ends) {
            throw HostException.cancelled("the ledger has given the operation up");
        }
    }

    private synchronized boolean isAbandoned(Order order) {
        return abandoned.contains(order.key().operation());
    }

    /** From here on a wish reaches the step, unless the operation only goes forward. */
    synchronized void begins(Order order, Collection<StepOutcome> outcomes, StepWork work) {
        if (canEnd(order, outcomes)) {
            running.put(order.key().operation(), work);
            if (isWished(order)) {
                work.cancel();
            }
        }
    }

    synchronized void ends(Order order) {
        running.remove(order.key().operation());
    }

    synchronized void closes(Order order) {
        open.remove(order.key().operation());
        wished.remove(order.key().operation());
        abandoned.remove(order.key().operation());
    }

    /** @throws HostException cancelled, when the operation is to end before its next step */
    void requireNone(Order order, Collection<StepOutcome> outcomes) throws HostException {
        if (isWished(order) && canEnd(order, outcomes)) {
            throw HostException.cancelled("it was to end before its step " + outcomes.size());
        }
    }

    private synchronized boolean isWished(Order order) {
        return wished.contains(order.key().operation());
    }

    /** An order begins or goes on. */
    synchronized void opens(Order order) {
        open.add(order.key().operation());
        if (journal.isToCancel(order.key().operation())) {
            wished.add(order.key().operation());
        }
        if (journal.isAbandoned(order.key().operation())) {
            abandoned.add(order.key().operation());
            wished.add(order.key().operation());
        }
    }

    private boolean canEnd(Order order, Collection<StepOutcome> outcomes) {
        return switch (order.work()) {
            case Opening _ -> !destroyed(order, outcomes);
            case ResumeRequested _ ->
                !destroyed(order, outcomes)
                        && journal.attempts(order.key().operation()).stream()
                                .filter(earlier ->
                                        earlier.key().attempt() < order.key().attempt())
                                .noneMatch(earlier -> destroyed(
                                        earlier,
                                        journal.progress(earlier.key())
                                                .outcomes()
                                                .values()));
            case RollbackRequested _ -> false;
        };
    }

    private static boolean destroyed(Order order, Collection<StepOutcome> outcomes) {
        List<Step> plan = order.work().plan().steps();
        return outcomes.stream().anyMatch(o -> switch (o) {
            case StepOutcome.Done done -> plan.get(done.step()).destroys();
            case StepOutcome.Failed _, StepOutcome.Unknown _ -> false;
        });
    }
}
