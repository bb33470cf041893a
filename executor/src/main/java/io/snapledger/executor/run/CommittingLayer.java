package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.LiveDisk;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.operation.Step.CommitLayer;
import java.util.List;
import java.util.Optional;

/**
 * Folding one layer into the one it lies on, live or not. Once the guest has written to the base, the top is stale and
 * must never be committed again: the journal's record of the switch-over says so, unless the running guest is seen to
 * write the top after all.
 */
final class CommittingLayer {
    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;
    private final Layers layers;

    CommittingLayer(Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal, Layers layers) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.journal = journal;
        this.layers = layers;
    }

    void run(Order order, CommitLayer step, LongWork work) throws HostException {
        storage.require(step.top().file());
        storage.require(step.base().file());
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        List<Image> chain = live.flatMap(g -> g.disk(step.target()))
                .map(LiveDisk::chain)
                .map(c -> c.layers())
                .orElse(List.of());
        int top = chain.indexOf(step.top());
        int base = chain.indexOf(step.base());
        if (top >= 0) {
            commitLive(order, step, chain, top, base, work);
        } else if (base < 0) {
            requireNotRead(live, step);
            commitAtRest(order, step, work);
        } else {
            finishLive(order, step, chain, base);
        }
    }

    private void commitLive(Order order, CommitLayer step, List<Image> chain, int top, int base, LongWork work)
            throws HostException {
        if (base != top + 1) {
            throw HostException.refused("in the running guest " + step.top().file() + " does not lie on "
                    + step.base().file() + "; its disk " + step.target() + " is " + files(chain));
        }
        Optional<Image> above = top == 0 ? Optional.empty() : Optional.of(chain.get(top - 1));
        requireReader(step, above);
        layers.requireUnshared(order, step);
        journal.forget(step.top().file());
        if (above.isPresent()) {
            hypervisor.commitBeneath(order.domain(), step.target(), above.get(), step.top(), step.base(), work);
            rewire(step);
            switchedOver(order, step);
        } else {
            commitActive(order, step, work);
        }
    }

    /** What the guest reads a layer through must be known to the plan; nothing lies on a layer that the guest writes. */
    private static void requireReader(CommitLayer step, Optional<Image> reader) throws HostException {
        boolean known = reader.map(step.above()::contains).orElse(step.above().isEmpty());
        if (!known) {
            throw HostException.refused("the running guest reads " + step.top().file() + " or "
                    + step.base().file() + " through " + file(reader) + ", the plan says through "
                    + files(step.above()));
        }
    }

    /** All that lay on the top lies on the base then, which reads the same. */
    private void rewire(CommitLayer step) throws HostException {
        for (Image above : step.above()) {
            storage.require(above.file());
            if (!liesOn(above, step.base())) {
                images.rebase(above, step.base());
            }
        }
    }

    private void commitActive(Order order, CommitLayer step, LongWork work) throws HostException {
        try {
            hypervisor.commitActive(
                    order.domain(), step.target(), step.top(), step.base(), () -> switchedOver(order, step), work);
        } catch (HostException e) {
            if (!e.outcomeUnknown()) {
                journal.forget(step.top().file());
            }
            throw e;
        }
    }

    private void finishLive(Order order, CommitLayer step, List<Image> chain, int base) throws HostException {
        Optional<Image> reader = base == 0 ? Optional.empty() : Optional.of(chain.get(base - 1));
        requireReader(step, reader);
        hypervisor.letGo(order.domain(), step.top().file());
        if (reader.isPresent()) {
            if (!liesOn(reader.get(), step.base())) {
                throw HostException.refused("the running guest reads " + file(reader) + " on "
                        + step.base().file() + ", but its header says otherwise");
            }
            rewire(step);
            switchedOver(order, step);
        }
    }

    private void commitAtRest(Order order, CommitLayer step, LongWork work) throws HostException {
        if (doneAtRest(step)) {
            return;
        }
        if (!storage.exists(step.top().file())) {
            throw HostException.refused("image " + step.top().file() + " is not there, and one of "
                    + files(step.above()) + " still needs it");
        }
        layers.requireUnshared(order, step);
        // a tool that was killed in an earlier try may have taken room in the base that nothing refers to
        images.freeLeaks(step.base());
        images.commit(layers.complete(List.of(step.top(), step.base())), work);
        rewire(step);
        switchedOver(order, step);
    }

    /**
     * Whether what reads the layer reads the base now. Where nothing lay on the top, only the journal can tell; a top that
     * is gone was never written, or has been committed and removed.
     */
    private boolean doneAtRest(CommitLayer step) throws HostException {
        HostPath top = step.top().file();
        if (step.above().isEmpty()) {
            return !storage.exists(top) || journal.switchedOver(top, step.base().file());
        }
        for (Image above : step.above()) {
            storage.require(above.file());
            if (!liesOn(above, step.base())) {
                return false;
            }
        }
        return true;
    }

    private boolean liesOn(Image above, Image base) throws HostException {
        return layers.vetted(above).backing().equals(Optional.of(base));
    }

    private static void requireNotRead(Optional<LiveGuest> live, CommitLayer step) throws HostException {
        for (LiveDisk disk : live.map(LiveGuest::disks).orElse(List.of())) {
            for (Image image : disk.chain().layers()) {
                if (image.file().equals(step.top().file())
                        || image.file().equals(step.base().file())) {
                    throw HostException.refused("the running guest reads " + image.file() + " as part of its disk "
                            + disk.chain().target());
                }
            }
        }
    }

    private void switchedOver(Order order, CommitLayer step) {
        journal.switchedOver(
                order.key().operation(), step.top().file(), step.base().file());
    }

    private static String file(Optional<Image> image) {
        return image.map(i -> i.file().toString()).orElse("nothing");
    }

    private static String files(List<Image> chain) {
        return chain.stream().map(i -> i.file().toString()).toList().toString();
    }
}
