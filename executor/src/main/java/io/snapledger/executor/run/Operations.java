package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs orders and reports their results: those of one domain one after the other, those of different domains beside each
 * other. An order that is cut off by the end of the process stays open in the journal and goes on at the next start; one that
 * is cut off by a journal that cannot be written goes on some seconds later.
 */
public final class Operations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Operations.class);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final PlanRunner runner;
    private final Reporter reporter;
    private final DomainWatch watch;
    private final Duration again;
    private final Map<DomainId, ExecutorService> lanes = new ConcurrentHashMap<>();
    private final Set<DomainId> owing = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("thaw later").factory());

    public Operations(PlanRunner runner, Reporter reporter, DomainWatch watch) {
        this(runner, reporter, watch, AGAIN);
    }

    Operations(PlanRunner runner, Reporter reporter, DomainWatch watch, Duration again) {
        this.runner = runner;
        this.reporter = reporter;
        this.watch = watch;
        this.again = again;
    }

    /** Queues an order behind the others of its domain. */
    public void submit(Order order) {
        queue(order.domainId(), () -> run(order));
    }

    /** Ends an operation before it is done, if it still can, without waiting for its turn. */
    public void cancel(OperationId operation) {
        runner.cancel(operation);
    }

    /** Begins no further step of an operation that the ledger has given up. */
    public void giveUp(OperationId operation) {
        runner.giveUp(operation);
    }

    /** Puts back a pause and thaws a freeze that could not be ended before; tried until it is done. */
    public void thaw(Domain domain) {
        queue(domain.id(), () -> {
            owing.remove(domain.id());
            if (!thawed(domain)) {
                thawLater(domain);
            }
        });
    }

    private boolean thawed(Domain domain) {
        try {
            return runner.thaw(domain);
        } catch (JournalException e) {
            log.error("whether domain {} is left paused or frozen cannot be told, the journal is gone", domain.id(), e);
            return false;
        }
    }

    /** An agent that was stuck when it was told to thaw goes on when it likes, and listens only to who is there then. */
    private void thawLater(Domain domain) {
        if (owing.add(domain.id())) {
            try {
                ScheduledFuture<?> _ = later.schedule(() -> thaw(domain), again.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("domain {} is thawed at the next start: the executor is ending", domain.id());
            }
        }
    }

    /** Queues work behind the operations of a domain, as long as that lasts no other is begun. */
    void between(DomainId domain, Runnable work) {
        queue(domain, work);
    }

    private void queue(DomainId domain, Runnable work) {
        ExecutorService lane = lanes.computeIfAbsent(
                domain,
                id -> Executors.newSingleThreadExecutor(
                        Thread.ofVirtual().name("domain " + id).factory()));
        try {
            lane.execute(work);
        } catch (RejectedExecutionException e) {
            log.debug("domain {} gets no more work: the executor is ending", domain);
        }
    }

    private void run(Order order) {
        watch.busy(order.domainId());
        try {
            reporter.operation(order.origin(), runner.run(order));
        } catch (PlanRunner.StoppedException e) {
            log.info("operation {} goes on at the next start", order.key());
        } catch (JournalException e) {
            log.error("operation {} stands still for {}, the journal is gone", order.key(), again, e);
            submitLater(order);
        } finally {
            watch.idle(order.domainId(), order.work().plan().steps());
        }
        if (owes(order.domainId())) {
            thawLater(order.domain());
        }
    }

    /** The journal may have been full; it tells how far the order is, as it does after a start. */
    private void submitLater(Order order) {
        try {
            ScheduledFuture<?> _ = later.schedule(() -> submit(order), again.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("operation {} goes on at the next start: the executor is ending", order.key());
        }
    }

    private boolean owes(DomainId domain) {
        try {
            return runner.owes(domain);
        } catch (JournalException e) {
            log.error("whether domain {} is left frozen cannot be told, the journal is gone", domain, e);
            return false;
        }
    }

    /** Lets the steps that run come to their end, for a while; no further step is begun. */
    @Override
    public void close() {
        runner.stop();
        later.shutdownNow();
        lanes.values().forEach(ExecutorService::shutdown);
        long until = System.nanoTime() + GRACE.toNanos();
        try {
            for (ExecutorService lane : lanes.values()) {
                if (!lane.awaitTermination(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    log.warn("a step is cut off by the end of the executor; it goes on at the next start");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
