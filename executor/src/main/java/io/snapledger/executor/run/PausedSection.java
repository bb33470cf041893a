package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps that happen in one pause of the guest: its memory first, the long and failing part, then the switch of its disks.
 * Whatever happens, the guest is put back to what it did; the memory is brought to stable storage after that.
 */
final class PausedSection {
    private static final Logger log = LoggerFactory.getLogger(PausedSection.class);
    private static final int TRIES = 3;

    private final Hypervisor hypervisor;
    private final Storage storage;
    private final Journal journal;
    private final Switching switching;

    PausedSection(Hypervisor hypervisor, Storage storage, Journal journal, Switching switching) {
        this.hypervisor = hypervisor;
        this.storage = storage;
        this.journal = journal;
        this.switching = switching;
    }

    /** What came of a section, and for how long the guest stood still in it. */
    record Held(Optional<SavedMemory> memory, long pausedMillis) {}

    /** The two things that a section of ours can hold. */
    private record Content(Optional<HostPath> memory, List<Step.Switch> disks) {}

    /** Why a section cannot be run; empty when it can. */
    static Optional<String> objection(CriticalSection section) {
        List<Step> steps = section.steps();
        boolean known = steps.stream().allMatch(s -> s instanceof SaveMemory || s instanceof SwitchActive);
        long memories = steps.stream().filter(SaveMemory.class::isInstance).count();
        boolean memoryFirst = memories == 0 || steps.getFirst() instanceof SaveMemory;
        return known && memories <= 1 && memoryFirst
                ? Optional.empty()
                : Optional.of("a critical section may hold a SaveMemory and then SwitchActive steps, nothing else");
    }

    private static Content content(CriticalSection section) throws HostException {
        Optional<String> objection = objection(section);
        if (objection.isPresent()) {
            throw HostException.refused(objection.get());
        }
        return new Content(
                section.steps().stream()
                        .filter(SaveMemory.class::isInstance)
                        .map(s -> ((SaveMemory) s).file())
                        .findFirst(),
                section.steps().stream()
                        .filter(SwitchActive.class::isInstance)
                        .flatMap(s -> ((SwitchActive) s).disks().stream())
                        .toList());
    }

    /** @param interrupted what the guest did before a run of this section that was never ended */
    Held run(Order order, CriticalSection section, RunState before, boolean interrupted) throws HostException {
        Content content = content(section);
        if (interrupted && tookEffect(order, content)) {
            putBack(order, before);
            return new Held(finish(content), 0);
        }
        if (interrupted) {
            putBack(order, before);
            discard(order, content);
        }
        return pauseAndRun(order, content, before);
    }

    /**
     * Whether an interrupted section got all it was there for. The memory is complete before the disks switch, so disks
     * that have switched in a guest that still lives prove it.
     */
    private boolean tookEffect(Order order, Content content) throws HostException {
        LiveGuest guest = guest(order);
        boolean memoryThere = content.memory().isEmpty()
                || storage.exists(content.memory().get())
                || (!content.disks().isEmpty()
                        && storage.exists(MemoryFiles.part(content.memory().get())));
        return memoryThere
                && content.disks().stream()
                        .allMatch(d -> Switching.active(guest, d.target()).equals(Optional.of(d.to())));
    }

    private Held pauseAndRun(Order order, Content content, RunState before) throws HostException {
        if (content.memory().isPresent()) {
            HostPath file = content.memory().get();
            storage.require(file);
            if (storage.exists(file)) {
                throw HostException.refused("file " + file + " exists already; nothing is overwritten");
            }
        }
        long paused;
        SavedMemory[] written = new SavedMemory[1];
        try (Hypervisor.Switching disks = switching.prepare(order, guest(order), content.disks())) {
            long from = System.nanoTime();
            holding(order, before, () -> {
                if (content.memory().isPresent()) {
                    written[0] = hypervisor.saveMemory(
                            order.domain(), MemoryFiles.part(content.memory().get()));
                }
                disks.switchAll();
            });
            paused = (System.nanoTime() - from) / 1_000_000;
        } catch (HostException e) {
            dropPart(content, e);
            throw e;
        }
        if (content.memory().isPresent()) {
            HostPath file = content.memory().get();
            storage.publish(MemoryFiles.part(file), file);
        }
        return new Held(Optional.ofNullable(written[0]), paused);
    }

    private Optional<SavedMemory> finish(Content content) throws HostException {
        if (content.memory().isEmpty()) {
            return Optional.empty();
        }
        HostPath file = content.memory().get();
        if (!storage.exists(file)) {
            storage.publish(MemoryFiles.part(file), file);
        }
        return Optional.of(MemoryFiles.measured(file));
    }

    /** Nothing of an interrupted section is left, unless its disks have switched: then only the reverse can help. */
    private void discard(Order order, Content content) throws HostException {
        LiveGuest guest = guest(order);
        for (Step.Switch disk : content.disks()) {
            if (content.memory().isPresent()
                    && Switching.active(guest, disk.target()).equals(Optional.of(disk.to()))) {
                throw HostException.refused("the executor ended inside the pause: disk " + disk.target()
                        + " has switched, but the memory of that moment is not there");
            }
        }
        if (content.memory().isPresent()) {
            storage.delete(MemoryFiles.part(content.memory().get()));
            storage.delete(content.memory().get());
        }
    }

    private void dropPart(Content content, HostException first) {
        if (content.memory().isPresent()) {
            try {
                storage.delete(MemoryFiles.part(content.memory().get()));
            } catch (HostException e) {
                first.addSuppressed(e);
            }
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

    private void holding(Order order, RunState before, Work work) throws HostException {
        try (Pause _ = () -> putBack(order, before)) {
            hypervisor.pause(order.domain());
            work.run();
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
                    journal.leftPaused(order.domainId(), before);
                    throw e;
                }
            }
        }
    }

    private LiveGuest guest(Order order) throws HostException {
        return hypervisor
                .look(order.domain())
                .orElseThrow(() -> HostException.refused("domain "
                        + order.domain().definition().name() + " runs no guest; its memory and pause are gone"));
    }
}
