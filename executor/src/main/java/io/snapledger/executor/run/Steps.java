package io.snapledger.executor.run;

import io.snapledger.executor.packing.Packing;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageHeader;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.Freeze;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeMemoryImage;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.ReturnLayer;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Thaw;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What each kind of step makes so. Every step looks first whether its goal is reached already. */
public final class Steps {
    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;
    private final Layers layers;
    private final Switching switching;
    private final PausedSection paused;
    private final CommittingLayer committing;
    private final StreamingLayer streaming;
    private final Tagging tagging;
    private final StartingGuest starting;
    private final ReusingOverlay reusing;
    private final MemoryImages memoryImages;
    private final Freezing freezing;

    Steps(
            Hypervisor hypervisor,
            ImageTool images,
            Storage storage,
            Journal journal,
            Layers layers,
            ReusingOverlay reusing,
            Freezing freezing) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.journal = journal;
        this.layers = layers;
        this.switching = new Switching(hypervisor, layers);
        this.tagging = new Tagging(hypervisor, images, layers);
        this.starting = new StartingGuest(hypervisor, images, storage, journal, layers, tagging);
        this.reusing = reusing;
        this.memoryImages = new MemoryImages(hypervisor, images, storage, journal);
        this.paused = new PausedSection(hypervisor, storage, journal, switching, tagging, memoryImages, freezing);
        this.freezing = freezing;
        this.committing = new CommittingLayer(hypervisor, images, storage, journal, layers);
        this.streaming = new StreamingLayer(hypervisor, images, storage, layers);
    }

    /** What this executor can do of {@link Step#abilities}: what it announces. */
    public static List<String> abilities() {
        Stream<String> kinds = Stream.of(Step.class.getPermittedSubclasses()).map(Class::getSimpleName);
        Stream<String> features = Stream.concat(PausedSection.ABILITIES.stream(), packing());
        return Stream.concat(kinds, features).sorted().toList();
    }

    private static Stream<String> packing() {
        return Packing.available().stream()
                .flatMap(c -> Stream.of("SaveMemory." + Words.of(c), "StartGuest." + Words.of(c)));
    }

    /** Why this executor cannot do the step; empty when it can. */
    static Optional<String> objection(Step step) {
        List<String> missing = new ArrayList<>(step.abilities());
        missing.removeAll(abilities());
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("this executor cannot do " + String.join(", ", missing) + "; it does "
                        + String.join(", ", abilities()));
    }

    /**
     * What the journal is told of the guest before the step begins: the run state that a pause will be put back to.
     *
     * @throws HostException when a step that pauses finds no guest
     */
    Optional<RunState> before(Order order, Step step) throws HostException {
        return pauses(step) ? Optional.of(guest(order).runState()) : Optional.empty();
    }

    private static boolean pauses(Step step) {
        return switch (step) {
            case CriticalSection _, SaveMemory _, SaveMachine _ -> true;
            case MakeOverlay _,
                    ReuseOverlay _,
                    Freeze _,
                    Thaw _,
                    SwitchActive _,
                    MakeTags _,
                    RemoveTags _,
                    RestoreTags _,
                    LoadMachine _,
                    MakeMemoryImage _,
                    CommitLayer _,
                    StreamLayer _,
                    ReturnLayer _,
                    StopGuest _,
                    StartGuest _,
                    RemoveFile _ -> false;
        };
    }

    /**
     * @param before the run state to put back, where the step pauses the guest
     * @param interrupted whether the step was begun in an earlier run and not ended
     */
    PausedSection.Held run(Order order, Step step, Optional<RunState> before, boolean interrupted, LongWork work)
            throws HostException {
        switch (step) {
            case MakeOverlay s -> makeOverlay(order, s);
            case SaveMemory s -> {
                return section(order, new CriticalSection(List.of(s)), before, interrupted, work);
            }
            case CriticalSection s -> {
                return section(order, s, before, interrupted, work);
            }
            case SwitchActive s -> switching.run(order, s);
            case CommitLayer s -> committing.run(order, s, work);
            case StreamLayer s -> streaming.run(order, s, work);
            case ReturnLayer s -> streaming.run(order, s);
            case StopGuest _ -> stopGuest(order);
            case StartGuest s -> starting.run(order, s, interrupted, work);
            case RemoveFile s -> removeFile(order, s.file());
            case MakeTags s -> tagging.make(order, s, interrupted);
            case RemoveTags s -> tagging.remove(order, s);
            case RestoreTags s -> tagging.restore(order, s);
            case LoadMachine s -> starting.load(order, s, work);
            case SaveMachine s -> {
                return tagging.save(order, s, before.orElse(RunState.RUNNING), interrupted, work);
            }
            case ReuseOverlay s -> reusing.run(order, s, virtualSize(order, s.target(), s.backing()));
            case MakeMemoryImage s -> memoryImages.make(order, s.file());
            case Thaw _ -> freezing.thawWhatWasLeft(order.domain());
            case Freeze _ -> throw HostException.refused(PausedSection.LONELY_FREEZE);
        }
        return new PausedSection.Held(Optional.empty(), 0, Optional.empty());
    }

    private PausedSection.Held section(
            Order order, CriticalSection section, Optional<RunState> before, boolean interrupted, LongWork work)
            throws HostException {
        return paused.run(order, section, before.orElse(RunState.RUNNING), interrupted, work);
    }

    /** What is there was begun and not finished; after a power cut its header may be there and other parts not. */
    private void makeOverlay(Order order, MakeOverlay step) throws HostException {
        HostPath file = step.overlay().file();
        storage.require(file);
        layers.complete(List.of(step.backing()));
        long size = virtualSize(order, step.target(), step.backing());
        if (storage.exists(file)) {
            if (!journal.madeBy(order.key().operation()).contains(file)) {
                throw HostException.refused("file " + file + " exists already and is not of this operation");
            }
            hypervisor.letGo(order.domain(), file);
            requireUnused(file);
            storage.delete(file);
        }
        storage.createExclusively(file);
        images.makeOverlay(file, step.backing(), size);
        if (!isMade(step, size)) {
            throw HostException.refused("overlay " + file + " was made, but its header does not say so");
        }
    }

    private long virtualSize(Order order, DiskTarget target, Image backing) throws HostException {
        return layers.virtualSize(hypervisor.look(order.domain()), target, backing);
    }

    private boolean isMade(MakeOverlay step, long size) throws HostException {
        if (storage.size(step.overlay().file()) == 0) {
            return false;
        }
        ImageHeader header = layers.vetted(step.overlay());
        return header.backing().equals(Optional.of(step.backing())) && header.virtualSize() == size;
    }

    private void stopGuest(Order order) throws HostException {
        if (hypervisor.look(order.domain()).isPresent()) {
            hypervisor.stop(order.domain());
        }
    }

    private void removeFile(Order order, HostPath file) throws HostException {
        storage.require(file);
        if (order.domain().definition().disks().stream().anyMatch(d -> d.file().equals(file))) {
            throw HostException.refused("file " + file + " is a disk of the domain's definition and is never removed");
        }
        remove(order, file);
        for (HostPath beside : List.of(MemoryFiles.part(file), MemoryFiles.whole(file))) {
            if (journal.madeBy(order.key().operation()).contains(beside)) {
                remove(order, beside);
            }
        }
    }

    /** Also of a file that an executor which was killed has removed already the journal is to know nothing any more. */
    private void remove(Order order, HostPath file) throws HostException {
        if (storage.exists(file)) {
            removeUnread(order, file);
        }
        journal.forget(file);
    }

    private void removeUnread(Order order, HostPath file) throws HostException {
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        for (LiveGuest.LiveDisk disk : live.map(LiveGuest::disks).orElse(List.of())) {
            if (disk.chain().layers().stream().map(Image::file).anyMatch(file::equals)) {
                throw HostException.refused("file " + file + " is part of disk "
                        + disk.chain().target() + " of the running guest and is not removed");
            }
        }
        hypervisor.letGo(order.domain(), file);
        requireUnused(file);
        storage.delete(file);
    }

    private void requireUnused(HostPath file) throws HostException {
        if (images.inUse(file)) {
            throw HostException.refused("file " + file + " is open in a process and is not removed");
        }
    }

    private LiveGuest guest(Order order) throws HostException {
        return hypervisor
                .look(order.domain())
                .orElseThrow(() -> HostException.refused(
                        "domain " + order.domain().definition().name() + " runs no guest"));
    }
}
