package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps that happen in one pause of the guest: its memory first, the long and failing part, then the switch of its disks.
 * A live memory is written before the pause, which is where the rest of it and the disks are.
 * Whatever happens, the guest is put back to what it did; the memory is brought to stable storage after that. A guest
 * that is to be off ends last, when all else is done and on stable storage.
 */
final class PausedSection {
    /** What else than a memory and a switch may be in a section here. */
    static final List<String> ABILITIES = List.of(
            "SaveMemory.live",
            "CriticalSection.MakeTags",
            "CriticalSection.SaveMachine",
            "CriticalSection.StopGuest",
            "CriticalSection.Freeze",
            "CriticalSection.Thaw");

    static final String LONELY_FREEZE = "a freeze stands first in a critical section, nowhere else";

    private static final Logger log = LoggerFactory.getLogger(PausedSection.class);
    private static final int TRIES = 3;

    private final Hypervisor hypervisor;
    private final Storage storage;
    private final Journal journal;
    private final Switching switching;
    private final Tagging tagging;
    private final MemoryImages memoryImages;
    private final Freezing freezing;

    PausedSection(
            Hypervisor hypervisor,
            Storage storage,
            Journal journal,
            Switching switching,
            Tagging tagging,
            MemoryImages memoryImages,
            Freezing freezing) {
        this.hypervisor = hypervisor;
        this.storage = storage;
        this.journal = journal;
        this.switching = switching;
        this.tagging = tagging;
        this.memoryImages = memoryImages;
        this.freezing = freezing;
    }

    /** What came of a section, and for how long the guest stood still in it, and wrote nothing. */
    record Held(Optional<SavedMemory> memory, long pausedMillis, Optional<Long> frozenMillis, Optional<MemoryWay> way) {
        Held(Optional<SavedMemory> memory, long pausedMillis, Optional<Long> frozenMillis) {
            this(memory, pausedMillis, frozenMillis, Optional.empty());
        }
    }

    /** What a section of ours can hold, and who watches. A machine is memory and tags in one; it goes without the other two. */
    private record Content(
            Optional<SaveMemory> memory,
            Optional<SaveMachine> machine,
            List<Step.Tag> tags,
            List<Step.Switch> disks,
            boolean halts,
            boolean freezes,
            LongWork work) {

        /** All tags that there are afterwards. */
        List<Step.Tag> allTags() {
            return machine.map(SaveMachine::disks).orElse(tags);
        }

        boolean live() {
            return memory.filter(SaveMemory::live).isPresent();
        }
    }

    private static final List<String> ORDERS = List.of(
            "SaveMemory, SwitchActive…",
            "live SaveMemory, MakeTags, SwitchActive…",
            "MakeTags, SwitchActive…, SaveMemory",
            "MakeTags, SwitchActive…",
            "SaveMachine, SwitchActive…",
            "any of these, StopGuest",
            "Freeze, MakeTags, SwitchActive…, Thaw or StopGuest");

    /** Why a section cannot be run; empty when it can. */
    static Optional<String> objection(CriticalSection section) {
        StringBuilder kinds = new StringBuilder();
        for (Step step : section.steps()) {
            kinds.append(
                    switch (step) {
                        case SaveMemory s -> s.live() ? "l" : "m";
                        case SaveMachine s -> Tagging.objection(s).isPresent() ? "?" : "w";
                        case MakeTags _ -> "t";
                        case SwitchActive _ -> "s";
                        case StopGuest _ -> "h";
                        case Step.Freeze _ -> "f";
                        case Step.Thaw _ -> "u";
                        case Step.MakeOverlay _,
                                Step.ReuseOverlay _,
                                Step.MakeMemoryImage _,
                                Step.RemoveTags _,
                                Step.RestoreTags _,
                                Step.LoadMachine _,
                                CriticalSection _,
                                Step.CommitLayer _,
                                Step.StreamLayer _,
                                Step.ReturnLayer _,
                                Step.StartGuest _,
                                Step.RemoveFile _ -> "?";
                    });
        }
        return kinds.toString().matches("(ms*|lt?s*|ts*m?|ws*|s*)h?|f(ts*|s+)[hu]")
                ? Optional.empty()
                : Optional.of("a critical section may be one of " + ORDERS + ", nothing else");
    }

    static boolean freezes(CriticalSection section) {
        return of(section, Step.Freeze.class).findFirst().isPresent();
    }

    private static Content content(CriticalSection section, LongWork work) throws HostException {
        Optional<String> objection = objection(section);
        if (objection.isPresent()) {
            throw HostException.refused(objection.get());
        }
        return new Content(
                of(section, SaveMemory.class).findFirst(),
                of(section, SaveMachine.class).findFirst(),
                of(section, MakeTags.class).flatMap(t -> t.tags().stream()).toList(),
                of(section, SwitchActive.class).flatMap(s -> s.disks().stream()).toList(),
                of(section, StopGuest.class).findFirst().isPresent(),
                freezes(section),
                work);
    }

    private static <S extends Step> Stream<S> of(CriticalSection section, Class<S> kind) {
        return section.steps().stream().filter(kind::isInstance).map(kind::cast);
    }

    /** @param interrupted whether a run of this section was begun and never ended */
    Held run(Order order, CriticalSection section, RunState before, boolean interrupted, LongWork work)
            throws HostException {
        Content content = content(section, work);
        if (interrupted && hypervisor.look(order.domain()).isEmpty()) {
            if (content.halts()) {
                return ended(order, content);
            }
            throw HostException.partly(HostException.refused("the guest of domain "
                    + order.domain().definition().name()
                    + " ended while its executor was away; whether its disks had changed over cannot be told"));
        }
        if (interrupted && content.machine().isPresent()) {
            hypervisor.settleMachine(order.domain());
        }
        if (interrupted && content.freezes()) {
            putBack(order, before);
            thawAgain(order);
        }
        if (interrupted && tookEffect(order, content)) {
            return content.halts() ? halted(order, content, before) : letGoOn(order, content, before);
        }
        if (interrupted) {
            putBack(order, before);
            discard(order, content);
        }
        return pauseAndRun(order, content, before);
    }

    /** Whether it was frozen when the executor before us ended, nobody knows: so it may be still. */
    private void thawAgain(Order order) throws HostException {
        try {
            freezing.thaw(order.domain());
        } catch (HostException e) {
            throw HostException.partly(e);
        }
    }

    private Held letGoOn(Order order, Content content, RunState before) throws HostException {
        putBack(order, before);
        if (content.machine().filter(MemoryImages::isOwn).isPresent()) {
            hypervisor.letGo(order.domain(), content.machine().get().memory());
        }
        return new Held(finish(content), 0, Optional.empty());
    }

    private Held halted(Order order, Content content, RunState before) throws HostException {
        Changing changing = new Changing(order, content);
        holding(order, before, changing, () -> {
            hypervisor.pause(order.domain());
            changing.written = finish(content);
            changing.halt();
        });
        return new Held(changing.written, 0, Optional.empty());
    }

    /**
     * The guest was to be off, and is. It ends last, so all is there; where it ended by itself before, its disks are as it
     * left them, which is a moment too, but a memory that was not whole by then never will be.
     */
    private Held ended(Order order, Content content) throws HostException {
        boolean whole = (content.memory().isEmpty()
                        || storage.exists(content.memory().get().file()))
                && tagging.all(order, content.tags())
                && (content.machine().isEmpty()
                        || tagging.saved(order, content.machine().get()));
        if (!whole) {
            throw HostException.partly(HostException.refused("the guest of domain "
                    + order.domain().definition().name() + " ended inside the pause; not all of that moment is there"));
        }
        switching.requireHeaders(content.disks());
        return new Held(finish(content), 0, Optional.empty());
    }

    /** Whether an interrupted section got all it was there for: a memory that QEMU has sent has a name that says so. */
    private boolean tookEffect(Order order, Content content) throws HostException {
        LiveGuest guest = guest(order);
        boolean memoryThere = content.memory().isEmpty()
                || storage.exists(content.memory().get().file())
                || storage.exists(MemoryFiles.whole(content.memory().get().file()));
        return memoryThere
                && content.disks().stream()
                        .allMatch(d -> Switching.active(guest, d.target()).equals(Optional.of(d.to())))
                && tagging.all(order, content.tags())
                && (content.machine().isEmpty()
                        || tagging.saved(order, content.machine().get()));
    }

    private Held pauseAndRun(Order order, Content content, RunState before) throws HostException {
        if (content.memory().isPresent()) {
            HostPath file = content.memory().get().file();
            storage.require(file);
            if (storage.exists(file)) {
                throw HostException.refused("file " + file + " exists already; nothing is overwritten");
            }
        }
        Changing changing = new Changing(order, content);
        try (Hypervisor.Switching disks = switching.prepare(order, guest(order), content.disks(), content.tags())) {
            Optional<Long> frozen = freezing.around(order.domain(), content.freezes(), () -> {
                changing.since = System.nanoTime();
                holding(order, before, changing, () -> changing.run(disks));
                changing.until = System.nanoTime();
                return !changing.halted;
            });
            return new Held(changing.published(), changing.pausedMillis(), frozen, changing.way());
        } catch (HostException e) {
            dropUnpublished(content, e);
            throw changing.takenBack(e);
        }
    }

    /** The work in the pause, and how far it came. QEMU makes no tags any more once it has written the memory out. */
    private final class Changing {
        private final Order order;
        private final Content content;
        private Optional<SavedMemory> written = Optional.empty();
        private long since;
        private long until;
        private Optional<Long> wentOn = Optional.empty();
        private boolean machineSaved;
        private boolean published;
        private boolean halted;
        private boolean switched;

        Changing(Order order, Content content) {
            this.order = order;
            this.content = content;
        }

        /** A memory without the rest of its moment goes before the guest does: found later it would be taken for whole. */
        void run(Hypervisor.Switching disks) throws HostException {
            try {
                change(disks);
            } catch (HostException e) {
                dropUnpublished(content, e);
                dropPublished(e);
                throw e;
            }
        }

        private void dropPublished(HostException first) {
            if (published) {
                drop(content.memory().orElseThrow().file(), first);
            }
        }

        private void change(Hypervisor.Switching disks) throws HostException {
            if (content.live()) {
                saveMemoryLive(disks);
            } else {
                hypervisor.pause(order.domain());
                capture(disks);
            }
            if (content.halts()) {
                halt();
            }
        }

        private void capture(Hypervisor.Switching disks) throws HostException {
            if (content.machine().isPresent()) {
                SaveMachine machine = content.machine().get();
                hypervisor.saveMachine(
                        order.domain(), machine.tag(), machine.memory(), machine.disks(), content.work());
                machineSaved = true;
            }
            if (content.tags().isEmpty()) {
                saveMemory();
                switchAll(disks);
            } else {
                switchAll(disks);
                saveMemory();
            }
        }

        /** The last of all: of a guest that is gone it does not matter how its end was told. */
        private void halt() throws HostException {
            try {
                hypervisor.stop(order.domain());
            } catch (HostException e) {
                if (!e.outcomeUnknown() || hypervisor.look(order.domain()).isPresent()) {
                    throw e;
                }
                log.info("the guest is gone, though its end was not told: {}", e.getMessage());
            }
            halted = true;
        }

        private void switchAll(Hypervisor.Switching disks) throws HostException {
            disks.switchAll();
            switched = true;
        }

        private void saveMemory() throws HostException {
            if (content.memory().isPresent()) {
                HostPath file = content.memory().get().file();
                whole(file, hypervisor.saveMemory(order.domain(), MemoryFiles.part(file), content.work()));
            }
        }

        /** All that is of the same moment happens where the guest has come to stand still for the rest of its memory. */
        private void saveMemoryLive(Hypervisor.Switching disks) throws HostException {
            HostPath file = content.memory().orElseThrow().file();
            SavedMemory sent = hypervisor.saveMemoryLive(
                    order.domain(), MemoryFiles.part(file), new StandingStill(disks), content.work());
            whole(file, sent);
        }

        /** The moment that all is of. */
        private final class StandingStill implements Hypervisor.AtSwitchOver {
            private final Hypervisor.Switching disks;

            StandingStill(Hypervisor.Switching disks) {
                this.disks = disks;
            }

            @Override
            public void run(long stoodStillSince) throws HostException {
                since = stoodStillSince;
                switchAll(disks);
            }

            @Override
            public boolean mayGoOn() {
                return !content.halts();
            }

            @Override
            public void wentOn(long at) {
                wentOn = Optional.of(at);
            }
        }

        Optional<MemoryWay> way() {
            return content.memory().map(m -> {
                if (!m.live()) {
                    return MemoryWay.STOPPED;
                }
                return wentOn.isPresent() ? MemoryWay.BACKGROUND : MemoryWay.SWITCH_OVER;
            });
        }

        private void whole(HostPath file, SavedMemory sent) throws HostException {
            written = Optional.of(sent);
            storage.rename(MemoryFiles.part(file), MemoryFiles.whole(file));
            if (content.halts()) {
                publish();
            }
        }

        /** A guest that is to be off is ended only when its memory is on stable storage; until then it can be put back. */
        private void publish() throws HostException {
            written = Optional.of(PausedSection.this.publish(content, written));
            published = true;
        }

        long pausedMillis() {
            return (wentOn.orElse(until) - since) / 1_000_000;
        }

        Optional<SavedMemory> published() throws HostException {
            if (content.memory().isPresent() && !published) {
                publish();
            }
            return written;
        }

        /** Tags go at once. Disks that have switched are the rollback's: only it may commit what was written since. */
        HostException takenBack(HostException first) {
            if (switched && !content.disks().isEmpty()) {
                return HostException.partly(first);
            }
            if (machineSaved || switched) {
                try {
                    hypervisor.removeTags(order.domain(), content.allTags());
                } catch (HostException e) {
                    first.addSuppressed(e);
                    return HostException.partly(first);
                }
            }
            return first;
        }
    }

    private Optional<SavedMemory> finish(Content content) throws HostException {
        if (content.memory().isEmpty()) {
            return Optional.empty();
        }
        HostPath file = content.memory().get().file();
        storage.delete(MemoryFiles.part(file));
        if (!storage.exists(file)) {
            return Optional.of(publish(content, Optional.empty()));
        }
        storage.delete(MemoryFiles.whole(file));
        return Optional.of(MemoryFiles.measured(file));
    }

    /** Packed while the guest runs already: no packing keeps up with what QEMU sends. */
    private SavedMemory publish(Content content, Optional<SavedMemory> sent) throws HostException {
        SaveMemory memory = content.memory().orElseThrow();
        HostPath file = memory.file();
        HostPath whole = MemoryFiles.whole(file);
        Compression compression = memory.compression().orElse(Compression.NONE);
        if (compression == Compression.NONE) {
            storage.publish(whole, file);
            return sent.isPresent() ? sent.get() : MemoryFiles.measured(file);
        }
        HostPath part = MemoryFiles.part(file);
        SavedMemory packed = MemoryFiles.packed(whole, part, compression, content.work());
        storage.publish(part, file);
        storage.delete(whole);
        return packed;
    }

    /** Nothing of an interrupted section is left, unless its disks have switched: then only the reverse can help. */
    private void discard(Order order, Content content) throws HostException {
        LiveGuest guest = guest(order);
        for (Step.Switch disk : content.disks()) {
            if ((content.memory().isPresent() || !content.allTags().isEmpty())
                    && Switching.active(guest, disk.target()).equals(Optional.of(disk.to()))) {
                throw HostException.partly(HostException.refused("the executor ended inside the pause: disk "
                        + disk.target() + " has switched, but the rest of that moment is not there"));
            }
        }
        hypervisor.removeTags(order.domain(), content.allTags());
        if (content.machine().filter(MemoryImages::isOwn).isPresent()) {
            memoryImages.make(order, content.machine().get().memory());
        }
        if (content.memory().isPresent()) {
            for (HostPath file : MemoryFiles.all(content.memory().get().file()).toList()) {
                storage.delete(file);
            }
        }
    }

    private void dropUnpublished(Content content, HostException first) {
        if (content.memory().isPresent()) {
            HostPath file = content.memory().get().file();
            drop(MemoryFiles.part(file), first);
            drop(MemoryFiles.whole(file), first);
        }
    }

    private void drop(HostPath file, HostException first) {
        try {
            storage.delete(file);
        } catch (HostException e) {
            first.addSuppressed(e);
        }
    }

    /** Work that is done while the guest stands still. */
    private interface Work {
        void run() throws HostException;
    }

    /** What ends a pause; an error of the work stays the first one. */
    private interface Pause extends AutoCloseable {
        @Override
        void close() throws HostException;
    }

    private void holding(Order order, RunState before, Changing changing, Work work) throws HostException {
        try (Pause _ = () -> putBackUnlessHalted(order, before, changing)) {
            work.run();
        }
    }

    private void putBackUnlessHalted(Order order, RunState before, Changing changing) throws HostException {
        if (!changing.halted) {
            putBack(order, before);
        }
    }

    private void putBack(Order order, RunState before) throws HostException {
        for (int attempt = 1; ; attempt++) {
            try {
                hypervisor.putBack(order.domain(), before);
                return;
            } catch (HostException e) {
                log.warn(
                        "guest of domain {} is not {} again (try {} of {})",
                        order.domainId(),
                        before,
                        attempt,
                        TRIES,
                        e);
                if (attempt == TRIES) {
                    if (isThere(order)) {
                        journal.leftPaused(order.domainId(), before);
                    }
                    throw e;
                }
            }
        }
    }

    /** Whether there may be a guest that stands still; one that is gone needs nobody to let it go on. */
    private boolean isThere(Order order) {
        try {
            return hypervisor.look(order.domain()).isPresent();
        } catch (HostException e) {
            log.warn("whether domain {} still has a guest cannot be told", order.domainId(), e);
            return true;
        }
    }

    private LiveGuest guest(Order order) throws HostException {
        return hypervisor
                .look(order.domain())
                .orElseThrow(() -> HostException.refused("domain "
                        + order.domain().definition().name() + " runs no guest; its memory and pause are gone"));
    }
}
