package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.LiveDisk;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.Step.ReturnLayer;
import io.snapledger.schema.operation.Step.StreamLayer;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Pulling what a base adds into the one layer of ours on it, live or not, and back. The base is only read. The layer reads
 * the same at each moment, on its base or on what that lies on, so wherever this ends either can be made so.
 */
final class StreamingLayer {
    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final Layers layers;

    StreamingLayer(Hypervisor hypervisor, ImageTool images, Storage storage, Layers layers) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.layers = layers;
    }

    void run(Order order, StreamLayer step, LongWork work) throws HostException {
        requireAll(step);
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        List<Image> chain = chain(live, step);
        int top = chain.indexOf(step.top());
        if (top < 0) {
            requireNotRead(live, step.top());
            streamAtRest(order, step, work);
        } else if (next(chain, top).equals(step.backing())) {
            hypervisor.letGo(order.domain(), step.base().file());
        } else {
            requireOn(step, chain, top);
            requireUntagged(order, step);
            hypervisor.stream(order.domain(), step.target(), step.top(), step.base(), step.backing(), work);
        }
        requireHeader(step.top(), step.backing());
    }

    /** Takes back what was done, or is under way. */
    void run(Order order, ReturnLayer back) throws HostException {
        StreamLayer step = new StreamLayer(back.target(), back.top(), back.base(), back.backing());
        requireAll(step);
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        if (chain(live, step).contains(step.top())) {
            hypervisor.returnTo(order.domain(), step.target(), step.top(), step.base(), step.backing());
        } else {
            requireNotRead(live, step.top());
            returnAtRest(step);
        }
        requireHeader(step.top(), Optional.of(step.base()));
    }

    private void requireAll(StreamLayer step) throws HostException {
        storage.require(step.top().file());
        storage.require(step.base().file());
        if (step.backing().isPresent()) {
            storage.require(step.backing().get().file());
        }
    }

    private static List<Image> chain(Optional<LiveGuest> live, StreamLayer step) {
        return live.flatMap(g -> g.disk(step.target()))
                .map(LiveDisk::chain)
                .map(c -> c.layers())
                .orElse(List.of());
    }

    private static Optional<Image> next(List<Image> chain, int at) {
        return at + 1 < chain.size() ? Optional.of(chain.get(at + 1)) : Optional.empty();
    }

    private static void requireOn(StreamLayer step, List<Image> chain, int top) throws HostException {
        boolean asPlanned = next(chain, top).equals(Optional.of(step.base()))
                && next(chain, top + 1).equals(step.backing());
        if (!asPlanned) {
            throw HostException.refused("disk " + step.target() + " is " + files(chain) + ", where "
                    + step.top().file() + " does not lie on " + step.base().file() + " and that on "
                    + file(step.backing()));
        }
    }

    private static void requireNotRead(Optional<LiveGuest> live, Image top) throws HostException {
        for (LiveDisk disk : live.map(LiveGuest::disks).orElse(List.of())) {
            if (disk.chain().layers().stream().anyMatch(i -> i.file().equals(top.file()))) {
                throw HostException.refused("the running guest reads " + top.file() + " as part of its disk "
                        + disk.chain().target());
            }
        }
    }

    /** A tool or a guest that was killed may have taken room in the top that nothing refers to. */
    private void streamAtRest(Order order, StreamLayer step, LongWork work) throws HostException {
        Optional<Image> on = layers.vetted(step.top()).backing();
        images.freeLeaks(step.top());
        if (on.equals(step.backing())) {
            return;
        }
        List<Image> chain = layers.complete(List.of(step.top(), step.base()));
        requireOn(step, chain, 0);
        requireUntagged(order, step);
        images.stream(chain, work);
    }

    private void returnAtRest(StreamLayer step) throws HostException {
        Optional<Image> on = layers.vetted(step.top()).backing();
        images.freeLeaks(step.top());
        if (on.equals(Optional.of(step.base()))) {
            return;
        }
        if (!on.equals(step.backing())) {
            throw lies(step.top(), on, step.backing());
        }
        layers.vetted(step.base());
        images.rebase(step.top(), step.base());
    }

    /** A tag would be read through what the top lies on then. */
    private void requireUntagged(Order order, StreamLayer step) throws HostException {
        Optional<String> tagged = tagged(hypervisor, order, step.top(), _ -> true);
        if (tagged.isPresent()) {
            throw HostException.refused(tagged.get());
        }
    }

    /** Why the layer cannot lie on another one; empty when it can. */
    static Optional<String> tagged(Hypervisor hypervisor, Order order, Image top, Predicate<StoredTag> counts)
            throws HostException {
        List<String> tags = hypervisor.tags(order.domain(), List.of(top)).getOrDefault(top, List.of()).stream()
                .filter(counts)
                .map(t -> "\"" + t.name() + "\"")
                .toList();
        return tags.isEmpty()
                ? Optional.empty()
                : Optional.of("image " + top.file() + " holds " + String.join(", ", tags)
                        + ", which is read through what it lies on; it cannot lie on another image");
    }

    private void requireHeader(Image top, Optional<Image> expected) throws HostException {
        Optional<Image> found = layers.vetted(top).backing();
        if (!found.equals(expected)) {
            throw lies(top, found, expected);
        }
    }

    private static HostException lies(Image top, Optional<Image> found, Optional<Image> expected) {
        return HostException.refused("image " + top.file() + " lies on " + file(found) + ", not on " + file(expected));
    }

    private static String file(Optional<Image> image) {
        return image.map(i -> i.file().toString()).orElse("nothing");
    }

    private static String files(List<Image> chain) {
        return chain.stream().map(i -> i.file().toString()).toList().toString();
    }
}
