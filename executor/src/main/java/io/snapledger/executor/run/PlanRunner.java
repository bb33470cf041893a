package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the plan of an order, step by step, with the intent of each journalled before it and its outcome after it, in one
 * write with the next intent.
 *
 * <pre>
 * order ──► look (openings, once) ──► step ──► step … ──► Finished
 *              │                        └─ Failed, Unknown ──► Failed, with what is left over
 *              └─ the host is otherwise ──► Refused, nothing done
 * </pre>
 *
 * Run again, also by another process after a crash, it goes on where the journal stands: a step that was begun and not
 * ended is begun anew, as a goal. An order that has a result gives that one. Orders of one domain must run one after the
 * other; those of different domains may run in parallel.
 */
public final class PlanRunner {
    private static final Logger log = LoggerFactory.getLogger(PlanRunner.class);

    private final Hypervisor hypervisor;
    private final Storage storage;
    private final Journal journal;
    private final Preflight preflight;
    private final Steps steps;
    private final Freezing freezing;
    private final Onlooker onlooker;
    private final Cancellations cancellations;
    private volatile boolean stopped;

    public PlanRunner(Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal) {
        this(hypervisor, images, storage, journal, Onlooker.NOBODY);
    }

    public PlanRunner(Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal, Onlooker onlooker) {
        this.onlooker = onlooker;
        this.cancellations = new Cancellations(journal);
        this.hypervisor = hypervisor;
        this.storage = storage;
        this.journal = journal;
        Layers layers = new Layers(images, storage, journal);
        ReusingOverlay reusing = new ReusingOverlay(images, storage, journal, layers);
        this.preflight = new Preflight(hypervisor, storage, journal, layers, reusing);
        this.freezing = new Freezing(hypervisor, journal);
        this.steps = new Steps(hypervisor, images, storage, journal, layers, reusing, freezing);
    }

    /** No further step is begun; the order goes on at the next start. */
    static final class StoppedException extends RuntimeException {
        StoppedException() {
            super("the executor is ending", null, false, false);
        }
    }

    /** From now on no step is begun any more. */
    void stop() {
        stopped = true;
    }

    /** The operation ends before it is done, if it still can; the journal knows already. Any thread. */
    void cancel(OperationId operation) {
        cancellations.wish(operation);
    }

    /** No further step of the operation is begun, since the ledger has given it up; the journal knows already. Any thread. */
    void giveUp(OperationId operation) {
        cancellations.giveUp(operation);
    }

    /**
     * @throws JournalException when the journal is gone; the host is left as it is
     * @throws StoppedException when the executor is ending
     */
    public HostResult run(Order order) {
        try (var _ = MDC.putCloseable("domain", order.domainId().toString());
                var _ = MDC.putCloseable("operation", order.key().toString())) {
            Optional<HostResult> known = journal.result(order.key());
            return known.orElseGet(() -> runOpen(order));
        }
    }

    private HostResult runOpen(Order order) {
        log.info(
                "operation {} of domain {} starts: {} steps",
                order.key(),
                order.domainId(),
                order.work().plan().steps().size());
        HostResult result;
        cancellations.opens(order);
        try {
            result = resultOf(order);
        } finally {
            cancellations.closes(order);
        }
        switch (result) {
            case HostResult.Finished _ -> log.info("operation {} is finished", order.key());
            case HostResult.Refused refused -> log.info("operation {} is refused: {}", order.key(), refused.message());
            case HostResult.Failed failed ->
                log.warn(
                        "operation {} failed: {}", order.key(), failed.failure().message());
        }
        return result;
    }

    private HostResult resultOf(Order order) {
        Journal.Progress progress = journal.progress(order.key());
        try {
            putBack(order.domain());
            thawWhatWasLeft(order);
            if (progress.untouched()) {
                cancellations.requireNone(order, List.of());
            }
            if (progress.untouched() && order.work() instanceof Opening) {
                Optional<HostResult.Refused> refused = preflight.check(order);
                if (refused.isPresent()) {
                    return finished(order, Optional.empty(), refused.get());
                }
            }
        } catch (HostException e) {
            return finished(
                    order, Optional.empty(), new HostResult.Failed(HostRun.NOTHING, e.failure(), leftovers(order)));
        }
        return new Run(order, progress).toEnd();
    }

    private HostResult finished(Order order, Optional<StepOutcome> last, HostResult result) {
        journal.finish(order.key(), last, result);
        return result;
    }

    /** Puts back a pause and thaws a freeze that could not be ended before; whether nothing of that is left. */
    boolean thaw(Domain domain) {
        try {
            putBack(domain);
            freezing.thawWhatWasLeft(domain);
            return true;
        } catch (HostException e) {
            log.warn("the guest of domain {} stays paused or frozen: {}", domain.id(), e.getMessage());
            return false;
        }
    }

    /** Whether the guest was left standing still, or with nothing written in it. */
    boolean owes(DomainId domain) {
        return journal.leftPaused(domain).isPresent() || journal.wasLeftFrozen(domain);
    }

    private void putBack(Domain domain) throws HostException {
        Optional<RunState> before = journal.leftPaused(domain.id());
        if (before.isPresent()) {
            if (hypervisor.look(domain).isPresent()) {
                hypervisor.putBack(domain, before.get());
            }
            journal.goesOn(domain.id());
        }
    }

    /** What takes back or goes on must not wait for an agent; what begins anew must. */
    private void thawWhatWasLeft(Order order) throws HostException {
        try {
            freezing.thawWhatWasLeft(order.domain());
        } catch (HostException e) {
            if (order.work() instanceof Opening) {
                throw e;
            }
        }
    }

    private List<HostPath> leftovers(Order order) {
        return journal.madeBy(order.key().operation()).stream()
                .filter(storage::exists)
                .sorted()
                .toList();
    }

    /** One run through the steps of an order. */
    private final class Run {
        private final Order order;
        private final Journal.Progress progress;
        private final List<StepOutcome> outcomes = new ArrayList<>();
        private Optional<Long> pausedMillis = Optional.empty();
        private Optional<Long> frozenMillis = Optional.empty();

        /** The outcome that is written with what comes next; when it is lost its step finds its goal reached. */
        private Optional<StepOutcome> unwritten = Optional.empty();

        Run(Order order, Journal.Progress progress) {
            this.order = order;
            this.progress = progress;
        }

        HostResult toEnd() {
            List<Step> plan = order.work().plan().steps();
            for (int i = 0; i < plan.size(); i++) {
                StepOutcome outcome = progress.outcomes().get(i);
                if (outcome == null) {
                    if (stopped) {
                        throw new StoppedException();
                    }
                    Optional<HostResult> cancelled = cancelled(i);
                    if (cancelled.isPresent()) {
                        return cancelled.get();
                    }
                    outcome = begun(i, plan.get(i));
                    unwritten = Optional.of(outcome);
                }
                outcomes.add(outcome);
                switch (outcome) {
                    case StepOutcome.Done _ -> {
                        // on to the next one
                    }
                    case StepOutcome.Failed failed -> {
                        return failed(failed.failure());
                    }
                    case StepOutcome.Unknown unknown -> {
                        return failed(unknown.failure());
                    }
                }
            }
            return finished(order, unwritten, new HostResult.Finished(hostRun()));
        }

        /** A step that was begun has its own way to end, unless nobody waits for it any more. */
        private Optional<HostResult> cancelled(int next) {
            try {
                cancellations.requireNotAbandoned(order, outcomes, begun(next));
                if (progress.begun().containsKey(next)) {
                    return Optional.empty();
                }
                cancellations.requireNone(order, outcomes);
                return Optional.empty();
            } catch (HostException e) {
                return Optional.of(failed(e.failure()));
            }
        }

        private Optional<Step> begun(int next) {
            return progress.begun().containsKey(next)
                    ? Optional.of(order.work().plan().steps().get(next))
                    : Optional.empty();
        }

        private HostResult failed(Failure failure) {
            return finished(order, unwritten, new HostResult.Failed(hostRun(), failure, leftovers(order)));
        }

        private HostRun hostRun() {
            return new HostRun(outcomes, pausedMillis, frozenMillis);
        }

        private StepOutcome begun(int index, Step step) {
            boolean interrupted = progress.begun().containsKey(index);
            long from = System.nanoTime();
            StepWork work = new StepWork(order, index, step, onlooker);
            cancellations.begins(order, outcomes, work);
            try (var _ = MDC.putCloseable("step", Integer.toString(index))) {
                Optional<RunState> before;
                if (interrupted) {
                    before = progress.begun().getOrDefault(index, Optional.empty());
                } else {
                    before = steps.before(order, step);
                    journal.begin(order.key(), unwritten, index, before, makes(step));
                    unwritten = Optional.empty();
                }
                log.info("step {} starts: {}{}", index, Words.of(step.getClass()), interrupted ? " (again)" : "");
                PausedSection.Held held = steps.run(order, step, before, interrupted, work);
                work.done();
                before.ifPresent(_ -> pausedMillis = Optional.of(pausedMillis.orElse(0L) + held.pausedMillis()));
                held.frozenMillis().ifPresent(ms -> frozenMillis = Optional.of(frozenMillis.orElse(0L) + ms));
                log.info("step {} is done after {} ms", index, millis(from));
                return new StepOutcome.Done(index, millis(from), held.memory(), held.way());
            } catch (HostException e) {
                log.warn("step {} did not succeed", index, e);
                return e.outcomeUnknown()
                        ? new StepOutcome.Unknown(index, millis(from), e.failure())
                        : new StepOutcome.Failed(index, millis(from), e.failure());
            } catch (JournalException e) {
                throw e;
            } catch (RuntimeException e) {
                log.error("step {} broke the executor", index, e);
                return new StepOutcome.Unknown(
                        index, millis(from), new Failure.HostRefused("the executor itself failed: " + e));
            } finally {
                cancellations.ends(order);
            }
        }

        /** A file that is there and that no step of this operation was about to make is somebody else's. */
        private Set<HostPath> makes(Step step) {
            return Preflight.makes(step).filter(f -> !storage.exists(f)).collect(Collectors.toUnmodifiableSet());
        }

        private static long millis(long fromNanos) {
            return (System.nanoTime() - fromNanos) / 1_000_000;
        }
    }
}
