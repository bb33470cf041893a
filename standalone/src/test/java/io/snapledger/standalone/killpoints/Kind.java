package io.snapledger.standalone.killpoints;

import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A kind of plan that the rule book makes.
 *
 * @param online whether the guest runs when it is asked for
 * @param ends what the guest does after the success, when nobody kills it
 * @param leadsTo the mark whose contents the disks have after the success; empty when they keep theirs
 * @param made the mark whose contents a new snapshot has; empty when it has the disks'
 * @param restarts whether the plan itself ends the guest that runs
 */
record Kind(
        String name,
        List<ImageFormat> formats,
        Setup setup,
        boolean online,
        Wish wish,
        Duration undoTime,
        RunState ends,
        Optional<String> leadsTo,
        Optional<String> made,
        boolean restarts) {

    /** What is done before, by nobody disturbed. The guest is off at the end of it. */
    @FunctionalInterface
    interface Setup {
        void run(World world) throws Exception;
    }

    /** What is asked for. */
    @FunctionalInterface
    interface Wish {
        DomainCommand in(World world);
    }

    static Kind offline(String name, Setup setup, Wish wish) {
        return new Kind(
                "offline " + name,
                List.of(ImageFormat.QCOW2, ImageFormat.QCOW2),
                setup,
                false,
                wish,
                Duration.ZERO,
                RunState.SHUTOFF,
                Optional.empty(),
                Optional.empty(),
                false);
    }

    static Kind online(String name, Setup setup, Wish wish) {
        return new Kind(
                "online " + name,
                List.of(ImageFormat.QCOW2, ImageFormat.QCOW2),
                setup,
                true,
                wish,
                Duration.ZERO,
                RunState.RUNNING,
                Optional.empty(),
                Optional.empty(),
                false);
    }

    Kind ending(RunState state) {
        return new Kind(
                name,
                formats,
                setup,
                online,
                wish,
                undoTime,
                state,
                leadsTo,
                made,
                restarts || state != RunState.RUNNING);
    }

    Kind leadingTo(String mark) {
        return new Kind(name, formats, setup, online, wish, undoTime, ends, Optional.of(mark), made, true);
    }

    Kind making(String mark) {
        return new Kind(name, formats, setup, online, wish, undoTime, ends, leadsTo, Optional.of(mark), restarts);
    }

    Kind undoable() {
        return new Kind(name, formats, setup, online, wish, Duration.ofHours(1), ends, leadsTo, made, restarts);
    }

    Kind on(ImageFormat... others) {
        return new Kind(name, List.of(others), setup, online, wish, undoTime, ends, leadsTo, made, restarts);
    }

    Kind restarting() {
        return new Kind(name, formats, setup, online, wish, undoTime, ends, leadsTo, made, true);
    }

    @Override
    public String toString() {
        return name;
    }
}
