package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** States inside images. QEMU makes those of several disks at once or not at all, so only a whole set proves it was made. */
final class Tagging {
    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Layers layers;

    Tagging(Hypervisor hypervisor, ImageTool images, Layers layers) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.layers = layers;
    }

    /** Why a machine cannot be saved here; empty when it can. */
    static Optional<String> objection(SaveMachine step) {
        return MemoryImages.isOwn(step)
                        || step.disks().stream().anyMatch(t -> t.image().file().equals(step.memory()))
                ? Optional.empty()
                : Optional.of("this executor saves a memory only into the image of a disk that is saved with it, or"
                        + " into one of its own without any disk");
    }

    /** Whether any of the steps makes or removes a tag. */
    static boolean isIn(List<Step> steps) {
        return steps.stream().anyMatch(s -> switch (s) {
            case MakeTags _, RemoveTags _, SaveMachine _ -> true;
            case Step.CriticalSection section -> isIn(section.steps());
            case Step.MakeOverlay _,
                    Step.ReuseOverlay _,
                    Step.MakeMemoryImage _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.SaveMemory _,
                    Step.SwitchActive _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.StartGuest _,
                    RestoreTags _,
                    LoadMachine _,
                    Step.RemoveFile _ -> false;
        });
    }

    /** A QEMU that was killed in the midst of it may have left some of the tags, which are then no moment's. */
    void make(Order order, MakeTags step, boolean interrupted) throws HostException {
        requireVetted(step.tags());
        if (interrupted && all(order, step.tags())) {
            return;
        }
        if (interrupted) {
            hypervisor.removeTags(order.domain(), step.tags());
        }
        hypervisor.makeTags(order.domain(), step.tags());
    }

    void remove(Order order, RemoveTags step) throws HostException {
        requireVetted(step.tags());
        hypervisor.removeTags(order.domain(), step.tags());
    }

    /** The guest stands still for all of it; QEMU itself stops it and lets it go on, also when we are gone. */
    PausedSection.Held save(Order order, SaveMachine step, RunState before, boolean interrupted, LongWork work)
            throws HostException {
        requireVetted(step.disks());
        layers.vetted(MemoryImages.image(step.memory()));
        long from = System.nanoTime();
        if (interrupted && hypervisor.look(order.domain()).isEmpty()) {
            return savedBeforeTheEnd(order, step);
        }
        if (interrupted) {
            hypervisor.settleMachine(order.domain());
        }
        if (!interrupted || !saved(order, step)) {
            hypervisor.saveMachine(order.domain(), step.tag(), step.memory(), step.disks(), work);
        }
        putBack(order, before);
        return new PausedSection.Held(Optional.empty(), (System.nanoTime() - from) / 1_000_000, Optional.empty());
    }

    /** The tags are there by now: a guest that does not go on leaves them to be taken back. */
    private void putBack(Order order, RunState before) throws HostException {
        try {
            hypervisor.putBack(order.domain(), before);
        } catch (HostException e) {
            throw HostException.partly(e);
        }
    }

    /** QEMU gives a disk its tag when it has all of it, so what is there is whole, whatever became of the guest. */
    private PausedSection.Held savedBeforeTheEnd(Order order, SaveMachine step) throws HostException {
        if (!saved(order, step)) {
            throw HostException.partly(HostException.refused(
                    "the guest of domain " + order.domain().definition().name()
                            + " ended before its memory was saved under the tag \"" + step.tag() + "\""));
        }
        return new PausedSection.Held(Optional.empty(), 0, Optional.empty());
    }

    boolean saved(Order order, SaveMachine step) throws HostException {
        if (MemoryImages.isOwn(step)) {
            return holdsMemory(hypervisor, order, step.memory(), step.tag());
        }
        Map<Image, List<StoredTag>> there = hypervisor.tags(
                order.domain(), step.disks().stream().map(Tag::image).toList());
        return step.disks().stream()
                .allMatch(t -> there.getOrDefault(t.image(), List.of()).stream()
                        .anyMatch(s -> s.name().equals(t.name())
                                && (!t.image().file().equals(step.memory()) || s.memoryBytes() > 0)));
    }

    private static boolean holdsMemory(Hypervisor hypervisor, Order order, HostPath memory, String tag)
            throws HostException {
        Image image = MemoryImages.image(memory);
        return hypervisor.tags(order.domain(), List.of(image)).getOrDefault(image, List.of()).stream()
                .anyMatch(s -> s.name().equals(tag) && s.memoryBytes() > 0);
    }

    /**
     * Before the guest is stopped for it. QEMU restores the disks before it finds that a memory is missing, or is another
     * machine's.
     *
     * @throws HostException refused when the image has no memory under the tag, or a disk no state
     */
    static void requireLoadable(Hypervisor hypervisor, Order order, LoadMachine step) throws HostException {
        if (!holdsMemory(hypervisor, order, step.memory(), step.tag())) {
            throw HostException.refused(
                    "image " + step.memory() + " holds no memory under the tag \"" + step.tag() + "\"");
        }
        requireRestorable(hypervisor, order, step.disks());
        if (!starts(order) && hypervisor.look(order.domain()).isPresent()) {
            hypervisor.requireMemoryAsDefined(order.domain());
        }
    }

    boolean all(Order order, List<Tag> tags) throws HostException {
        Map<Image, List<StoredTag>> there =
                hypervisor.tags(order.domain(), tags.stream().map(Tag::image).toList());
        return tags.stream()
                .allMatch(t -> there.getOrDefault(t.image(), List.of()).stream()
                        .anyMatch(s -> s.name().equals(t.name())));
    }

    /** While nobody has the images: restored under a guest, or under an overlay, they would change what is read there. */
    void restore(Order order, RestoreTags step) throws HostException {
        requireVetted(step.tags());
        requireRestorable(hypervisor, order, step.tags());
        for (Tag tag : step.tags()) {
            images.restoreTag(tag.image(), tag.name());
        }
    }

    /**
     * Before the guest is stopped for it.
     *
     * @throws HostException refused when a tag is not there, or its name is the number of another one
     */
    static void requireRestorable(Hypervisor hypervisor, Order order, List<Tag> tags) throws HostException {
        Map<Image, List<StoredTag>> there =
                hypervisor.tags(order.domain(), tags.stream().map(Tag::image).toList());
        for (Tag tag : tags) {
            List<StoredTag> stored = there.getOrDefault(tag.image(), List.of());
            if (stored.stream().noneMatch(s -> s.name().equals(tag.name()))) {
                throw HostException.refused("image " + tag.image().file() + " has no tag \"" + tag.name() + "\"");
            }
            if (stored.stream()
                    .anyMatch(s -> s.id().equals(tag.name()) && !s.name().equals(tag.name()))) {
                throw HostException.refused("image " + tag.image().file() + " has another tag with the number \""
                        + tag.name() + "\", which qemu-img would take for it");
            }
        }
    }

    private static boolean starts(Order order) {
        return order.work().plan().steps().stream().anyMatch(Step.StartGuest.class::isInstance);
    }

    private void requireVetted(List<Tag> tags) throws HostException {
        for (Tag tag : tags) {
            layers.complete(List.of(tag.image()));
        }
    }
}
