package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what operations that did not succeed have left, when the ledger has said that nothing of it refers to that, no
 * operation works on the domain, nothing lies on it and no process has it. What cannot go yet is tried again.
 */
public final class Collector implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Collector.class);
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final SqliteJournal journal;
    private final Layers layers;
    private final DomainWatch watch;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("collector").factory());

    Collector(Hypervisor hypervisor, ImageTool images, Storage storage, SqliteJournal journal, DomainWatch watch) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.journal = journal;
        this.layers = new Layers(images, storage, journal);
        this.watch = watch;
    }

    /** At once, and from time to time from then on, between the operations of each domain. */
    public static Collector start(
            Hypervisor hypervisor,
            ImageTool images,
            Storage storage,
            SqliteJournal journal,
            DomainWatch watch,
            Operations operations) {
        Collector collector = new Collector(hypervisor, images, storage, journal, watch);
        var _ = collector.clock.scheduleWithFixedDelay(
                () -> collector.queue(operations), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return collector;
    }

    private void queue(Operations operations) {
        try {
            journal.released().forEach(d -> operations.between(d, () -> collect(d)));
        } catch (JournalException e) {
            log.warn("what was left over is not collected: the journal cannot be read", e);
        }
    }

    /** Runs while no operation of the domain does. */
    void collect(DomainId id) {
        try {
            Optional<Domain> domain =
                    journal.domains().stream().filter(d -> d.id().equals(id)).findFirst();
            boolean open =
                    journal.unfinished().stream().anyMatch(o -> o.domainId().equals(id));
            if (domain.isEmpty() || open) {
                return;
            }
            Set<HostPath> leftOver = journal.known().stream()
                    .filter(k -> k.domain().equals(id) && k.leftOver())
                    .map(Journal.Known::file)
                    .collect(Collectors.toSet());
            boolean gone = false;
            for (HostPath file : journal.released(id)) {
                gone |= collect(domain.get(), file, leftOver);
            }
            if (gone) {
                watch.tellAnew(id);
            }
        } catch (HostException e) {
            log.warn("what was left over in domain {} is not collected yet: {}", id, e.getMessage());
        } catch (JournalException e) {
            log.warn("what was left over in domain {} is not collected", id, e);
        }
    }

    private boolean collect(Domain domain, HostPath file, Set<HostPath> leftOver) throws HostException {
        if (!leftOver.contains(file) || !storage.exists(file)) {
            journal.collected(domain.id(), file);
            return false;
        }
        Optional<String> needed = needed(domain, file);
        if (needed.isPresent()) {
            log.info("{} was left over and stays for now: {}", file, needed.get());
            return false;
        }
        storage.require(file);
        storage.delete(file);
        journal.forget(file);
        journal.collected(domain.id(), file);
        log.info("{} was left over by an operation that did not succeed, and is removed", file);
        return true;
    }

    private Optional<String> needed(Domain domain, HostPath file) throws HostException {
        Optional<String> reader = layers.backed().stream()
                .filter(b -> b.liesOn(file))
                .map(b -> b.file() + " lies on it")
                .findFirst();
        if (reader.isPresent()) {
            return reader;
        }
        Optional<LiveGuest> live = hypervisor.look(domain);
        boolean read = live.stream()
                .flatMap(g -> g.disks().stream())
                .flatMap(d -> d.chain().layers().stream())
                .anyMatch(i -> i.file().equals(file));
        if (read) {
            return Optional.of("the guest reads it");
        }
        return images.inUse(file) ? Optional.of("a process has it open") : Optional.empty();
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
