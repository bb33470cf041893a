package io.snapledger.query;

import io.snapledger.query.axon.Feed;
import io.snapledger.query.view.Entry;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.value.DomainId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A log that is told entry by entry; one second passes between two. */
public final class MemoryLog implements Feed {
    public static final Instant BEGIN = Instant.parse("2026-11-21T08:00:00Z");

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final List<Entry> entries = new ArrayList<>();
    private final Map<DomainId, Long> sequences = new HashMap<>();

    /** @return the position of the last of them */
    public long happened(DomainId domain, DomainEvent... events) {
        lock.lock();
        try {
            for (DomainEvent event : events) {
                long sequence = sequences.merge(domain, 1L, Long::sum) - 1;
                add(new Entry.Happened(next(), at(next()), domain, sequence, event, origin()));
            }
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    public long answered(DomainId domain, Outcome outcome) {
        lock.lock();
        try {
            add(new Entry.Answered(next(), at(next()), domain, outcome, origin()));
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    /** When the entry at the position was appended. */
    public static Instant at(long position) {
        return BEGIN.plusSeconds(position);
    }

    private static Entry.Origin origin() {
        return new Entry.Origin(Optional.of("/tests"), Optional.of("ann"), Optional.of("command-1"));
    }

    private long next() {
        return entries.size() + 1L;
    }

    private void add(Entry entry) {
        entries.add(entry);
        more.signalAll();
    }

    public List<Entry> all() {
        lock.lock();
        try {
            return List.copyOf(entries);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Entry> after(long position, int most, Duration patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (entries.size() <= position && left > 0) {
                left = more.awaitNanos(left);
            }
            return entries.stream().skip(position).limit(most).toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long head() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }
}
