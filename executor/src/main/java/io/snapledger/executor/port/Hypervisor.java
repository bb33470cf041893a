package io.snapledger.executor.port;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The guests of this host. Every call ends within the deadlines of its driver; one that expires, or a monitor that goes
 * away, is thrown as a failure whose outcome is unknown. Calls for different domains may run in parallel; for one domain
 * only {@link #look}, {@link #tags} and {@link #watch} may run beside another call.
 */
public interface Hypervisor {

    /** What the guest does now; empty when no process holds it. */
    Optional<LiveGuest> look(Domain domain) throws HostException;

    /** The guest's CPUs stand still. A guest that is paused already stays as it is. */
    void pause(Domain domain) throws HostException;

    /** The agent inside the guest answers, and no file system is frozen; else it says why not. */
    void requireFreezable(Domain domain) throws HostException;

    /**
     * The guest's file systems are frozen, by the word of its agent. On failure they are not, unless the outcome is unknown.
     *
     * @throws HostException refused when they are frozen already, which is left so
     */
    void freeze(Domain domain) throws HostException;

    /** The file systems that were frozen are so still. */
    void requireStillFrozen(Domain domain) throws HostException;

    /** No file system of the guest is frozen; where no process holds the guest, none is. */
    void thaw(Domain domain) throws HostException;

    /**
     * The guest is as it was before a pause: it runs, or it stays paused; either way it holds its disks again, also after
     * its memory was saved.
     */
    void putBack(Domain domain, RunState before) throws HostException;

    /**
     * The memory of a paused guest is in {@code part}, complete, made anew and not yet on stable storage. On failure
     * nothing is promised of that file.
     */
    SavedMemory saveMemory(Domain domain, HostPath part, LongWork work) throws HostException;

    default SavedMemory saveMemory(Domain domain, HostPath part) throws HostException {
        return saveMemory(domain, part, LongWork.UNWATCHED);
    }

    /**
     * The same of a guest that runs meanwhile. It stands still when little is left to write or, where the host can write in
     * the background, before anything is written; what is done there is of the same moment. When that throws, the guest runs.
     */
    SavedMemory saveMemoryLive(Domain domain, HostPath part, AtSwitchOver atSwitchOver, LongWork work)
            throws HostException;

    default SavedMemory saveMemoryLive(Domain domain, HostPath part, AtSwitchOver atSwitchOver) throws HostException {
        return saveMemoryLive(domain, part, atSwitchOver, LongWork.UNWATCHED);
    }

    /**
     * The guest that runs has as much memory as its definition says: one that had another would lose what its disks hold to
     * a state that it then cannot load.
     */
    void requireMemoryAsDefined(Domain domain) throws HostException;

    /** Told when a guest has come to stand still for its memory or the rest of it. */
    @FunctionalInterface
    interface AtSwitchOver {
        /** @param since when it was seen to stand still, by {@link System#nanoTime} */
        void run(long since) throws HostException;

        /** Whether the guest may go on right after it, while its memory, which is of this moment, is still written. */
        default boolean mayGoOn() {
            return true;
        }

        /** Told when the guest went on before its memory was written. */
        default void wentOn(long at) {}
    }

    /**
     * Makes overlays that exist known to the running guest; they are not active before {@link Switching#switchAll}.
     *
     * @param tags made in the same transaction, in active layers
     * @throws HostException refused when one of the tags is there already
     */
    Switching prepareSwitch(Domain domain, List<Step.Switch> disks, List<Step.Tag> tags) throws HostException;

    /** Overlays that the guest knows and does not write yet. Closing it drops those that did not become active. */
    interface Switching extends AutoCloseable {

        /** All disks switch and all tags are made in one transaction, or nothing is. */
        void switchAll() throws HostException;

        @Override
        void close() throws HostException;
    }

    /**
     * Commits the active layer {@code top} into the layer it lies on, which is active afterwards, and lets go of
     * {@code top}. A commit of the same layer that is under way is taken over. It can be cancelled until the switch-over,
     * and {@code top} stays active then.
     *
     * @param switchOver called when both hold the same content and the guest's writes are held back; what it records
     *     must be durable when it returns. When it throws, {@code top} stays active.
     */
    void commitActive(Domain domain, DiskTarget target, Image top, Image base, SwitchOver switchOver, LongWork work)
            throws HostException;

    default void commitActive(Domain domain, DiskTarget target, Image top, Image base, SwitchOver switchOver)
            throws HostException {
        commitActive(domain, target, top, base, switchOver, LongWork.UNWATCHED);
    }

    /** Told right before the guest's writes go to the base. */
    @FunctionalInterface
    interface SwitchOver {
        void record() throws HostException;
    }

    /**
     * Commits {@code top} into the layer it lies on; {@code above}, which lay on {@code top}, lies on the base then. Until
     * then it can be cancelled, and {@code above} lies on {@code top} still.
     */
    void commitBeneath(Domain domain, DiskTarget target, Image above, Image top, Image base, LongWork work)
            throws HostException;

    default void commitBeneath(Domain domain, DiskTarget target, Image above, Image top, Image base)
            throws HostException {
        commitBeneath(domain, target, above, top, base, LongWork.UNWATCHED);
    }

    /**
     * What {@code base} adds to what it lies on is in {@code top} too, which lies on {@code backing} then, or on nothing;
     * the base is only read, and let go. {@code top} may lie beneath the active layer. A stream of the same layer that is
     * under way is taken over. Cancelled or failed, {@code top} lies on {@code base} still.
     */
    void stream(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing, LongWork work)
            throws HostException;

    /**
     * A stream of {@code top} is ended if it is under way; the layer lies on {@code base} again and reads as before.
     *
     * @throws HostException refused, when the stream was done and this guest cannot change what the layer lies on
     */
    void returnTo(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing)
            throws HostException;

    /**
     * The states inside each of the images, whoever has them now. It locks nothing, and may run beside another call for
     * the domain.
     */
    Map<Image, List<StoredTag>> tags(Domain domain, List<Image> images) throws HostException;

    /**
     * The images hold the tags, all of one instant, or none does. They are active layers of the guest, or no process has
     * them.
     *
     * @throws HostException refused when one is there already
     */
    void makeTags(Domain domain, List<Step.Tag> tags) throws HostException;

    /** The images hold no such tags. A backing file of a running guest keeps its own: refused. */
    void removeTags(Domain domain, List<Step.Tag> tags) throws HostException;

    /**
     * The memory and the disks of the guest are inside the images under one tag, of one instant, for which the guest stands
     * still. {@code memory} is one of the disks' active layers or, without
     * disks, a small image of its own, which the guest has only meanwhile.
     */
    void saveMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks, LongWork work)
            throws HostException;

    default void saveMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks) throws HostException {
        saveMachine(domain, tag, memory, disks, LongWork.UNWATCHED);
    }

    /**
     * No save or load of the guest's machine is under way: one that an executor before us began has ended, in whatever way,
     * and is forgotten. What it came to is seen in the images and on the guest.
     */
    void settleMachine(Domain domain) throws HostException;

    /**
     * A guest that was started paused and has not run has the memory of the tag in the qcow2 {@code memory}, and the disks
     * their content of then; it does not run yet.
     */
    void loadMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks) throws HostException;

    /**
     * The guest, if there is one, keeps the file open no more. What an executor that was killed left behind is dropped: an
     * overlay that never became active, a layer whose commit has ended.
     *
     * @throws HostException refused when one of the guest's disks reads the file, or work on it has not ended
     */
    void letGo(Domain domain, HostPath file) throws HostException;

    /** No process holds the guest; what it was doing is lost. */
    void stop(Domain domain) throws HostException;

    /**
     * The guest, which no process holds, is started on the given layers, spelled out down to the last file.
     *
     * @param memory loaded before the guest goes on; its length and checksum have been verified
     * @param start running, or paused
     */
    void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException;

    default void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start)
            throws HostException {
        start(domain, disks, memory, start, LongWork.UNWATCHED);
    }

    /** Calls back, on a thread of the driver, whenever the guest's run state may have changed, until it is closed. */
    Watch watch(Domain domain, Runnable changed);

    /** A watch that can be ended. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** The names of the launch definitions that guests can be started from. */
    List<String> launches();

    /** The version of the hypervisor, as it names itself. */
    String version();
}
