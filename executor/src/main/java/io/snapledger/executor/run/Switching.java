package io.snapledger.executor.run;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Making overlays active. With the guest off nothing reads a disk, and the ledger alone says which layer is active. */
final class Switching {
    private final Hypervisor hypervisor;
    private final Layers layers;

    Switching(Hypervisor hypervisor, Layers layers) {
        this.hypervisor = hypervisor;
        this.layers = layers;
    }

    void run(Order order, Step.SwitchActive step) throws HostException {
        Optional<LiveGuest> guest = hypervisor.look(order.domain());
        if (guest.isEmpty()) {
            requireHeaders(step.disks());
            return;
        }
        try (Hypervisor.Switching disks = prepare(order, guest.get(), step.disks(), List.of())) {
            disks.switchAll();
        }
    }

    /** Overlays that are still to become active, known to the guest; those that are active already are left out. */
    Hypervisor.Switching prepare(Order order, LiveGuest guest, List<Step.Switch> disks, List<Step.Tag> tags)
            throws HostException {
        List<Step.Switch> open = new ArrayList<>();
        for (Step.Switch disk : disks) {
            Optional<Image> active = active(guest, disk.target());
            if (active.equals(Optional.of(disk.to()))) {
                continue;
            }
            if (!active.equals(Optional.of(disk.from()))) {
                throw HostException.refused("disk " + disk.target() + " of the running guest is written to "
                        + active.map(i -> i.file().toString()).orElse("nothing") + ", the plan says "
                        + disk.from().file());
            }
            requireHeader(disk);
            open.add(disk);
        }
        return hypervisor.prepareSwitch(order.domain(), open, tags);
    }

    void requireHeaders(List<Step.Switch> disks) throws HostException {
        for (Step.Switch disk : disks) {
            requireHeader(disk);
        }
    }

    /** QEMU does not look whether an overlay's header names its base; the next start from it would read zeros. */
    private void requireHeader(Step.Switch disk) throws HostException {
        Optional<Image> backing = layers.vetted(disk.to()).backing();
        if (!backing.equals(Optional.of(disk.from()))) {
            throw HostException.refused("overlay " + disk.to().file() + " lies on "
                    + backing.map(i -> i.file().toString()).orElse("nothing") + ", not on "
                    + disk.from().file());
        }
    }

    static Optional<Image> active(LiveGuest guest, DiskTarget target) {
        return guest.disk(target).map(d -> d.chain().active());
    }
}
