package io.snapledger.command.axon;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.snapledger.command.domain.DomainState;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.value.DomainId;
import java.util.stream.Stream;

/**
 * The states of domains, folded from their streams and kept as long as they are at the head. Safe for use by many
 * threads; a state is used under its domain's lock only.
 */
final class DomainStates {
    private static final int KEPT = 10_000;

    private final EventLog log;
    private final Cache<DomainId, Kept> cache =
            Caffeine.newBuilder().maximumSize(KEPT).build();

    private record Kept(long sequence, DomainState state) {}

    DomainStates(EventLog log) {
        this.log = log;
    }

    /** The stream of a domain cannot be folded: no command of it can be decided until a person has looked. */
    static final class CorruptStreamException extends RuntimeException {
        CorruptStreamException(DomainId domain, long sequence, RuntimeException cause) {
            super("the stream of domain " + domain + " cannot be followed at sequence " + sequence, cause);
        }
    }

    /** The state of the domain at the given place in its stream, -1 for an empty one. */
    DomainState at(DomainId domain, long sequence) {
        Kept kept = cache.getIfPresent(domain);
        if (kept != null && kept.sequence() == sequence) {
            return kept.state();
        }
        cache.invalidate(domain);
        return sequence < 0 ? DomainState.none() : fold(domain, sequence);
    }

    void keep(DomainId domain, long sequence, DomainState state) {
        cache.put(domain, new Kept(sequence, state));
    }

    void forget(DomainId domain) {
        cache.invalidate(domain);
    }

    private DomainState fold(DomainId domain, long sequence) {
        DomainState state = DomainState.none();
        long at = 0;
        try (Stream<Object> events = log.read(domain.value())) {
            for (Object event : (Iterable<Object>) events::iterator) {
                state = state.evolve((DomainEvent) event);
                at++;
            }
        } catch (RuntimeException e) {
            throw new CorruptStreamException(domain, at, e);
        }
        if (at != sequence + 1) {
            throw new CorruptStreamException(
                    domain,
                    at,
                    new IllegalStateException("its head says " + sequence + ", the log has " + at + " events"));
        }
        return state;
    }
}
