package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * File systems frozen around some work. They are thawed whatever happens; where that cannot be had, the journal keeps it in
 * mind, and it is tried again before and at the end of all that follows.
 */
final class Freezing {
    private static final Logger log = LoggerFactory.getLogger(Freezing.class);

    private final Hypervisor hypervisor;
    private final Journal journal;

    Freezing(Hypervisor hypervisor, Journal journal) {
        this.hypervisor = hypervisor;
        this.journal = journal;
    }

    /** Work that is done while nothing is written; it tells whether the guest is there afterwards. */
    interface Work {
        boolean run() throws HostException;
    }

    /** What ends a freeze; an error of the work stays the first one. */
    private interface Freeze extends AutoCloseable {
        @Override
        void close() throws HostException;
    }

    /** For how long the file systems were frozen; empty when that was not wanted. */
    Optional<Long> around(Domain domain, boolean wanted, Work work) throws HostException {
        if (!wanted) {
            work.run();
            return Optional.empty();
        }
        long from = System.nanoTime();
        freeze(domain);
        try (Freeze _ = () -> thaw(domain)) {
            if (work.run()) {
                hypervisor.requireStillFrozen(domain);
            }
        }
        return Optional.of((System.nanoTime() - from) / 1_000_000);
    }

    private void freeze(Domain domain) throws HostException {
        try {
            hypervisor.freeze(domain);
        } catch (HostException e) {
            if (e.outcomeUnknown()) {
                journal.leftFrozen(domain.id());
            }
            throw e;
        }
    }

    void thaw(Domain domain) throws HostException {
        try {
            hypervisor.thaw(domain);
        } catch (HostException e) {
            log.warn("the file systems of domain {} may be frozen still", domain.id(), e);
            journal.leftFrozen(domain.id());
            throw e;
        }
        journal.thawed(domain.id());
    }

    /** What could not be thawed before. Without that nothing is done: somebody else may have frozen, for reasons. */
    void thawWhatWasLeft(Domain domain) throws HostException {
        if (journal.wasLeftFrozen(domain.id())) {
            thaw(domain);
        }
    }
}
