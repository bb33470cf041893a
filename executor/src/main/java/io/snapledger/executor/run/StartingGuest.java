package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.Stage;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest is started, and a memory loaded into it, though guest and executor may end at any moment. A memory fits its disks
 * only as they were then: a guest that came up, wrote, and ended while nobody looked is not loaded again, and disks that go
 * back to a tag are taken back to it again.
 */
final class StartingGuest {
    private static final Logger log = LoggerFactory.getLogger(StartingGuest.class);

    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;
    private final Layers layers;
    private final Tagging tagging;

    StartingGuest(
            Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal, Layers layers, Tagging tagging) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.journal = journal;
        this.layers = layers;
        this.tagging = tagging;
    }

    void run(Order order, StartGuest step, boolean interrupted, LongWork work) throws HostException {
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        if (live.isPresent()) {
            requireSameDisks(order, step, live.get());
            boolean memoryPending = step.memory().isPresent() && live.get().stage() == Stage.STARTING;
            if (!memoryPending) {
                hypervisor.putBack(order.domain(), step.start());
                return;
            }
            hypervisor.stop(order.domain());
        } else if (step.memory().isPresent() && mayHaveBegun(order, interrupted)) {
            if (hasRun(order, step)) {
                return;
            }
            restoreAgain(order);
        }
        start(order, step, work);
    }

    private void start(Order order, StartGuest step, LongWork work) throws HostException {
        List<Chain> disks = new ArrayList<>();
        for (Chain chain : step.disks()) {
            disks.add(layers.complete(chain));
        }
        if (step.memory().isPresent()) {
            storage.require(step.memory().get().file());
            MemoryFiles.requireSame(step.memory().get());
        }
        hypervisor.start(order.domain(), disks, step.memory(), step.start(), work);
    }

    /**
     * A guest that this operation started and that runs already was loaded before we were asked again; one that it started
     * and that is gone is started again. One that somebody else started, and whose load went wrong, is not let run: nobody
     * knows what its disks hold then.
     */
    void load(Order order, LoadMachine step, LongWork work) throws HostException {
        if (hypervisor.look(order.domain()).isPresent()) {
            hypervisor.settleMachine(order.domain());
        }
        Optional<LiveGuest> guest = hypervisor.look(order.domain());
        Optional<StartGuest> ours = steps(order, StartGuest.class).stream().findFirst();
        boolean runs =
                guest.map(LiveGuest::runState).filter(RunState.RUNNING::equals).isPresent();
        if (guest.isEmpty() && ours.isPresent()) {
            if (hasRun(order, ours.get())) {
                return;
            }
            start(order, ours.get(), work);
        }
        if (!runs || ours.isEmpty()) {
            if (runs) {
                hypervisor.pause(order.domain());
            }
            layers.vetted(MemoryImages.image(step.memory()));
            hypervisor.loadMachine(order.domain(), step.tag(), step.memory(), step.disks());
        }
        hypervisor.putBack(order.domain(), step.start());
    }

    private static boolean mayHaveBegun(Order order, boolean interrupted) {
        return interrupted || !(order.work() instanceof Opening);
    }

    /** Whether anything was written to an overlay that the operation made for it: only a guest that runs does that. */
    private boolean hasRun(Order order, StartGuest step) throws HostException {
        Set<HostPath> made = journal.madeBy(order.key().operation());
        for (Chain chain : step.disks()) {
            Image active = chain.active();
            if (made.contains(active.file())) {
                layers.vetted(active);
                if (!images.isEmpty(active)) {
                    log.warn(
                            "the guest had its memory, wrote to {}, and ended since; it is not loaded again",
                            active.file());
                    return true;
                }
            }
        }
        return false;
    }

    private void restoreAgain(Order order) throws HostException {
        for (RestoreTags step : steps(order, RestoreTags.class)) {
            tagging.restore(order, step);
        }
    }

    /** Of the plan that the operation began with: a later one has what was left of it. */
    private <T extends Step> List<T> steps(Order order, Class<T> kind) {
        Order first =
                journal.attempts(order.key().operation()).stream().findFirst().orElse(order);
        return first.work().plan().steps().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private static void requireSameDisks(Order order, StartGuest step, LiveGuest live) throws HostException {
        for (Chain chain : step.disks()) {
            Optional<Chain> real = live.disk(chain.target()).map(d -> Layers.ours(order.domain(), d.chain()));
            if (real.map(Chain::layers).filter(chain.layers()::equals).isEmpty()) {
                throw HostException.refused(
                        "a guest of domain " + order.domain().definition().name()
                                + " runs already, with disk " + chain.target() + " on "
                                + real.map(c -> c.active().file().toString()).orElse("nothing"));
            }
        }
    }
}
