package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what the domains of this host do, when it becomes known and whenever it changes, which files they have and which
 * tags are inside their images: those too that someone made with other tools, since it looks again from time to time.
 * While an operation works on a domain nothing is told of it: what one sees then is the operation's own doing. After it
 * all is told anew, since the ledger takes nothing in while an operation is in flight there; and so it is once an hour.
 */
public final class DomainWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DomainWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(10);

    /** A look into all images is followed by a rest of so many times what it took. */
    private static final int RESTS = 10;

    private static final long AGAIN = Duration.ofHours(1).toNanos();

    private final Hypervisor hypervisor;
    private final Layers layers;
    private final Journal journal;
    private final Reporter reporter;
    private final Duration every;
    private final Map<DomainId, Watched> domains = new ConcurrentHashMap<>();
    private final Semaphore wanted = new Semaphore(0);
    private final CountDownLatch closing = new CountDownLatch(1);

    private DomainWatch(Hypervisor hypervisor, Layers layers, Journal journal, Reporter reporter, Duration every) {
        this.hypervisor = hypervisor;
        this.layers = layers;
        this.journal = journal;
        this.reporter = reporter;
        this.every = every;
    }

    /** Follows nothing yet. */
    public static DomainWatch start(
            Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal, Reporter reporter) {
        return start(hypervisor, images, storage, journal, reporter, EVERY);
    }

    static DomainWatch start(
            Hypervisor hypervisor,
            ImageTool images,
            Storage storage,
            Journal journal,
            Reporter reporter,
            Duration every) {
        DomainWatch watch = new DomainWatch(hypervisor, new Layers(images, storage, journal), journal, reporter, every);
        Thread.ofPlatform().daemon().name("look inside").start(watch::lookInside);
        return watch;
    }

    /** The domain is followed from now on, as it is defined now, and what it does is told at once. */
    public void follow(Domain domain) {
        Watched watched = new Watched(domain);
        Optional.ofNullable(domains.put(domain.id(), watched)).ifPresent(Watched::end);
        watched.begin();
        wanted.release();
    }

    public void forget(DomainId domain) {
        Optional.ofNullable(domains.remove(domain)).ifPresent(Watched::end);
    }

    /** An operation begins to work on the domain. */
    void busy(DomainId domain) {
        Optional.ofNullable(domains.get(domain)).ifPresent(w -> w.busy(true));
    }

    /** The operation is over; what the domain does now is told when it differs from what was told last. */
    void idle(DomainId domain, List<Step> done) {
        Optional.ofNullable(domains.get(domain)).ifPresent(w -> w.busy(false));
        if (Tagging.isIn(done)) {
            wanted.release();
        }
    }

    /** The ledger may not have taken in, or may judge otherwise now, what was told last. */
    public void tellAnew(DomainId domain) {
        Optional.ofNullable(domains.get(domain)).ifPresent(Watched::tellAnew);
        wanted.release();
    }

    private void lookInside() {
        try {
            while (closing.getCount() > 0) {
                boolean _ = wanted.tryAcquire(every.toMillis(), TimeUnit.MILLISECONDS);
                wanted.drainPermits();
                long begun = System.nanoTime();
                lookInsideOnce();
                boolean _ = closing.await(RESTS * (System.nanoTime() - begun), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookInsideOnce() {
        try {
            domains.values().forEach(Watched::lookBegins);
            Inventory inventory = new Inventory(layers.files(), journal.domains(), journal.known());
            domains.values().forEach(w -> w.tellInside(inventory));
        } catch (HostException | JournalException e) {
            log.warn("the images of this host cannot be looked at: {}", e.getMessage());
        }
    }

    private final class Watched {
        private final Domain domain;
        private Optional<Hypervisor.Watch> watch = Optional.empty();
        private Optional<Observation> told = Optional.empty();
        private Optional<List<ImageTags>> toldTags = Optional.empty();
        private Optional<SeenFiles> toldFiles = Optional.empty();
        private long toldAt = System.nanoTime();
        private Optional<String> trouble = Optional.empty();
        private Optional<String> unseen = Optional.empty();
        private int operations;
        private int lookedAt = -1;
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
                operations++;
                tellAnew();
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

        synchronized void tellAnew() {
            toldTags = Optional.empty();
            toldFiles = Optional.empty();
        }

        /** What is seen from here on is of the moment after the last operation, unless one begins meanwhile. */
        synchronized void lookBegins() {
            lookedAt = busy ? -1 : operations;
            if (System.nanoTime() - toldAt > AGAIN) {
                tellAnew();
            }
        }

        /** An operation does not wait for the look; what was seen while one began is not told. */
        void tellInside(Inventory inventory) {
            synchronized (this) {
                if (busy || ended || operations != lookedAt) {
                    return;
                }
            }
            try {
                tellInside(inside(inventory), inventory.filesOf(domain));
            } catch (HostException e) {
                Optional<String> why = Optional.of(e.failure().message());
                if (!unseen.equals(why)) {
                    log.warn("domain {} cannot be looked at: {}", domain.id(), why.get());
                }
                unseen = why;
            }
        }

        /** A damaged image keeps nobody from hearing of the files. */
        private Optional<List<ImageTags>> inside(Inventory inventory) {
            try {
                List<ImageTags> inside = inside(inventory.imagesOf(domain), inventory);
                trouble = Optional.empty();
                return Optional.of(inside);
            } catch (HostException e) {
                Optional<String> why = Optional.of(e.failure().message());
                if (!trouble.equals(why)) {
                    log.warn("the images of domain {} cannot be looked into: {}", domain.id(), why.get());
                }
                trouble = why;
                return Optional.empty();
            }
        }

        /** A guest that was switched over by other hands tells nobody of it; so it is asked each time. */
        private synchronized void tellInside(Optional<List<ImageTags>> inside, SeenFiles files) throws HostException {
            if (busy || ended || operations != lookedAt) {
                return;
            }
            Observation seen = Layers.observation(domain, hypervisor.look(domain));
            unseen = Optional.empty();
            boolean news = !told.equals(Optional.of(seen))
                    || !toldFiles.equals(Optional.of(files))
                    || (inside.isPresent() && !toldTags.equals(inside));
            if (!news) {
                return;
            }
            if (files.leftOut() > 0) {
                log.warn("domain {} has {} files more than are told of", domain.id(), files.leftOut());
            }
            told = Optional.of(seen);
            toldTags = inside.or(() -> toldTags);
            toldFiles = Optional.of(files);
            toldAt = System.nanoTime();
            reporter.domain(domain.id(), seen.with(inside, Optional.of(files)));
        }

        private List<ImageTags> inside(List<Inventory.Held> images, Inventory inventory) throws HostException {
            List<Inventory.Held> there =
                    images.stream().filter(i -> inventory.has(i.image().file())).toList();
            Map<Image, List<StoredTag>> tags = hypervisor.tags(
                    domain, there.stream().map(Inventory.Held::image).toList());
            List<ImageTags> inside = new ArrayList<>();
            for (Inventory.Held held : there) {
                List<StoredTag> found = tags.getOrDefault(held.image(), List.of());
                if (!found.isEmpty()) {
                    inside.add(new ImageTags(held.target(), held.image().file(), found));
                }
            }
            return List.copyOf(inside);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        wanted.release();
        domains.values().forEach(Watched::end);
    }
}
