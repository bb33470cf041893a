package io.snapledger.command.axon;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.snapledger.command.domain.DomainState;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.value.DomainId;
import java.util.stream.Stream;

/**
 * The states of domains, folded from their streams and kept. One that is behind its head, since another process wrote
 * meanwhile, is brought up to it by the events that are missing; nothing is folded twice, not even when the
 * transaction that folded it failed. Safe for use by many threads; a state is used under its domain's lock only.
 */
final class DomainStates {
    private static final int KEPT = 10_000;

    private final EventLog log;
    private final Cache<DomainId, Kept> cache =
            Caffeine.newBuilder().maximumSize(KEPT).build();

    /** A state and the place in the stream of the last event in it. */
    private record Kept(long sequence, DomainState state) {
        static final Kept NOTHING = new Kept(-1, DomainState.none());

        Kept and(DomainEvent event) {
            return new Kept(sequence + 1, state.evolve(event));
        }
    }

    DomainStates(EventLog log) {
        this.log = log;
    }

    /** The stream of a domain cannot be folded: no command of it can be decided until a person has looked. */
    static final class CorruptStreamException extends RuntimeException {
        CorruptStreamException(DomainId domain, long sequence, RuntimeException cause) {
            super("the stream of domain " + domain + " cannot be followed at sequence " + sequence, cause);
        }
    }

    /** The state of the domain at the given place in its stream, -1 for an empty one, which its lock keeps there. */
    DomainState at(DomainId domain, long sequence) {
        Kept kept = cache.getIfPresent(domain);
        if (kept == null || kept.sequence() > sequence) {
            kept = Kept.NOTHING;
        }
        return kept.sequence() == sequence ? kept.state() : follow(domain, kept, sequence);
    }

    /** What the domain is once a transaction has committed. */
    void keep(DomainId domain, long sequence, DomainState state) {
        cache.asMap()
                .merge(
                        domain,
                        new Kept(sequence, state),
                        (before, now) -> before.sequence() > now.sequence() ? before : now);
    }

    private DomainState follow(DomainId domain, Kept from, long sequence) {
        Kept kept = from;
        try (Stream<Object> events = log.read(domain.value(), from.sequence() + 1)) {
            for (Object event : (Iterable<Object>) events::iterator) {
                kept = kept.and((DomainEvent) event);
            }
        } catch (RuntimeException e) {
            throw new CorruptStreamException(domain, kept.sequence() + 1, e);
        } finally {
            cache.put(domain, kept);
        }
        if (kept.sequence() != sequence) {
            cache.invalidate(domain);
            throw new CorruptStreamException(
                    domain,
                    kept.sequence(),
                    new IllegalStateException("its head says " + sequence + ", the log ends at " + kept.sequence()));
        }
        return kept.state();
    }
}
