package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.DomainId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what the domains of this host do, when it becomes known and whenever it changes. While an operation works on a
 * domain nothing is told of it: what one sees then is the operation's own doing.
 */
public final class DomainWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DomainWatch.class);

    private final Hypervisor hypervisor;
    private final Reporter reporter;
    private final Map<DomainId, Watched> domains = new ConcurrentHashMap<>();

    public DomainWatch(Hypervisor hypervisor, Reporter reporter) {
        this.hypervisor = hypervisor;
        this.reporter = reporter;
    }

    /** The domain is followed from now on, as it is defined now, and what it does is told at once. */
    public void follow(Domain domain) {
        Watched watched = new Watched(domain);
        Optional.ofNullable(domains.put(domain.id(), watched)).ifPresent(Watched::end);
        watched.begin();
    }

    public void forget(DomainId domain) {
        Optional.ofNullable(domains.remove(domain)).ifPresent(Watched::end);
    }

    /** An operation begins to work on the domain. */
    void busy(DomainId domain) {
        Optional.ofNullable(domains.get(domain)).ifPresent(w -> w.busy(true));
    }

    /** The operation is over; what the domain does now is told when it differs from what was told last. */
    void idle(DomainId domain) {
        Optional.ofNullable(domains.get(domain)).ifPresent(w -> w.busy(false));
    }

    private final class Watched {
        private final Domain domain;
        private Optional<Hypervisor.Watch> watch = Optional.empty();
        private Optional<Observation> told = Optional.empty();
        private boolean busy;
        private boolean ended;

        Watched(Domain domain) {
            this.domain = domain;
        }

        void begin() {
            Thread.ofVirtual().name("look " + domain.definition().name()).start(this::tell);
            synchronized (this) {
                if (!ended) {
                    watch = Optional.of(hypervisor.watch(domain, this::tell));
                }
            }
        }

        synchronized void end() {
            ended = true;
            watch.ifPresent(Hypervisor.Watch::close);
        }

        void busy(boolean now) {
            synchronized (this) {
                busy = now;
            }
            if (!now) {
                tell();
            }
        }

        private synchronized void tell() {
            if (busy || ended) {
                return;
            }
            try {
                Observation seen = Layers.observation(domain, hypervisor.look(domain));
                if (!told.equals(Optional.of(seen))) {
                    told = Optional.of(seen);
                    reporter.domain(domain.id(), seen);
                }
            } catch (HostException e) {
                log.warn("domain {} cannot be looked at: {}", domain.id(), e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        domains.values().forEach(Watched::end);
    }
}
