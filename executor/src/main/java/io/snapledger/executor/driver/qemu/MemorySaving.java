package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor.AtSwitchOver;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory of a guest, sent through a socket of ours into a file. */
record MemorySaving(Sockets sockets, Background background) {
    private static final Logger log = LoggerFactory.getLogger(MemorySaving.class);

    /** Of a guest that stands still, or stands still from the switch-over on. */
    SavedMemory save(Guest guest, HostPath part, Optional<AtSwitchOver> atSwitchOver, LongWork work)
            throws QmpError, HostException {
        requireNoJob(guest);
        Migration migration = new Migration(guest.qmp(), guest.deadlines());
        Path socket = sockets.transfer();
        try (MemoryTransfer.Receiver receiver =
                MemoryTransfer.Receiver.listen(socket, Path.of(part.value()), MemoryTransfer.Broken.HANG_UP)) {
            try {
                migration.run("unix:" + socket, atSwitchOver, work);
            } catch (HostException e) {
                throw receiver.reasonFor(e);
            }
            SavedMemory saved = receiver.await(guest.deadlines().monitorReply());
            String status = guest.settled();
            if (!status.equals("postmigrate")) {
                throw HostException.refused("after its memory was saved the guest is " + status + ", not postmigrate");
            }
            return saved;
        }
    }

    /** Of a guest that runs: in the background where QEMU can. */
    SavedMemory saveLive(Guest guest, HostPath part, AtSwitchOver atSwitchOver, LongWork work)
            throws QmpError, HostException {
        Optional<String> obstacle = atSwitchOver.mayGoOn()
                ? background.obstacle(guest.qmp(), guest.deadlines().monitorReply())
                : Optional.of("the guest is not to go on");
        if (obstacle.isEmpty()) {
            return saveInBackground(guest, part, atSwitchOver, work);
        }
        log.info(
                "the memory of domain {} is not written in the background: {}",
                guest.domain().id(),
                obstacle.get());
        return save(guest, part, Optional.of(atSwitchOver), work);
    }

    private SavedMemory saveInBackground(Guest guest, HostPath part, AtSwitchOver atOnce, LongWork work)
            throws QmpError, HostException {
        requireNoJob(guest);
        Path socket = sockets.transfer();
        try (MemoryTransfer.Receiver receiver =
                MemoryTransfer.Receiver.listen(socket, Path.of(part.value()), MemoryTransfer.Broken.READ_ON)) {
            try {
                new Migration(guest.qmp(), guest.deadlines())
                        .runInBackground("unix:" + socket, atOnce, work, background, receiver);
            } catch (HostException e) {
                throw receiver.reasonFor(e);
            }
            return receiver.await(guest.deadlines().monitorReply());
        }
    }

    private static void requireNoJob(Guest guest) throws QmpError, HostException {
        if (!guest.execute(QmpCommand.of("query-block-jobs")).isEmpty()) {
            throw HostException.refused(
                    "the guest of domain " + guest.name() + " has a block job; its memory cannot be saved meanwhile");
        }
    }

    static void requireAsDefined(Guest guest) throws QmpError, HostException {
        long found = guest.execute(QmpCommand.of("query-memory-size-summary"))
                .path("base-memory")
                .asLong();
        long defined = guest.domain().definition().memoryBytes();
        if (found != defined) {
            throw HostException.refused("the guest has " + found + " bytes of memory, its definition says " + defined
                    + "; loaded into another machine a state destroys what the disks hold, so define it as it is");
        }
    }
}
