package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Step.SaveMachine;

/** Small qcow2 images that are no disk's and hold a memory. They are opened by a guest for the time of a save or a load. */
final class MemoryImages {
    private final Hypervisor hypervisor;
    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;

    MemoryImages(Hypervisor hypervisor, ImageTool images, Storage storage, Journal journal) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.storage = storage;
        this.journal = journal;
    }

    static Image image(HostPath file) {
        return new Image(file, ImageFormat.QCOW2);
    }

    /** Whether the memory goes into an image of its own, and not into a disk's. */
    static boolean isOwn(SaveMachine step) {
        return step.disks().isEmpty();
    }

    /** Empty; one that this operation made before is made anew, whatever it holds. */
    void make(Order order, HostPath file) throws HostException {
        storage.require(file);
        if (storage.exists(file)) {
            if (!journal.madeBy(order.key().operation()).contains(file)) {
                throw HostException.refused("file " + file + " exists already and is not of this operation");
            }
            hypervisor.letGo(order.domain(), file);
            if (images.inUse(file)) {
                throw HostException.refused("file " + file + " is open in a process and is not made anew");
            }
            storage.delete(file);
        }
        storage.createExclusively(file);
        images.makeBlankImage(file);
    }
}
