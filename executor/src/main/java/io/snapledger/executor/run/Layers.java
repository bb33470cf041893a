package io.snapledger.executor.run;

import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.ImageHeader;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The layers on this host as their headers and the running guests tell. */
final class Layers {
    private static final int DEEPEST = 1024;

    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;

    Layers(ImageTool images, Storage storage, Journal journal) {
        this.images = images;
        this.storage = storage;
        this.journal = journal;
    }

    /** The header of an image of ours or beneath ours, vetted: no data file, in the storage roots, under one name. */
    ImageHeader vetted(Image image) throws HostException {
        storage.require(image.file());
        storage.requireOneName(image.file());
        ImageHeader header = images.header(image);
        if (header.dataFile()) {
            throw HostException.refused(
                    "image " + image.file()
                            + " keeps its data in another file, which is not accepted; convert it with qemu-img convert -O qcow2");
        }
        return header;
    }

    /** QEMU rounds the length of a raw file up; in a qcow2 header a resize stands at once. */
    long virtualSize(Optional<LiveGuest> live, DiskTarget target, Image backing) throws HostException {
        ImageHeader header = vetted(backing);
        if (backing.format() == ImageFormat.QCOW2) {
            return header.virtualSize();
        }
        return live.flatMap(g -> g.disk(target))
                .filter(d -> d.chain().active().equals(backing))
                .map(LiveGuest.LiveDisk::virtualSize)
                .orElse(header.virtualSize());
    }

    /** The chain down to the last file, each link as the headers state it; refused when they state another. */
    Chain complete(Chain chain) throws HostException {
        return new Chain(chain.target(), complete(chain.layers()), chain.readOnly());
    }

    List<Image> complete(List<Image> known) throws HostException {
        List<Image> layers = new ArrayList<>();
        Optional<Image> next = Optional.of(known.getFirst());
        while (next.isPresent()) {
            Image image = next.get();
            if (layers.size() < known.size() && !known.get(layers.size()).equals(image)) {
                throw HostException.refused("image " + layers.getLast().file() + " lies on " + image.file()
                        + ", not on " + known.get(layers.size()).file() + " as it should");
            }
            requireEnd(layers, image);
            next = beneath(layers, image);
            layers.add(image);
        }
        if (layers.size() < known.size()) {
            throw HostException.refused("image " + layers.getLast().file() + " lies on nothing, not on "
                    + known.get(layers.size()).file() + " as it should");
        }
        return List.copyOf(layers);
    }

    private Optional<Image> beneath(List<Image> above, Image image) throws HostException {
        try {
            return vetted(image).backing();
        } catch (HostException e) {
            if (above.isEmpty()) {
                throw e;
            }
            throw HostException.refused(
                    "image " + above.getLast().file() + " lies on " + image.file() + ": "
                            + e.failure().message(),
                    e);
        }
    }

    private static void requireEnd(List<Image> above, Image next) throws HostException {
        if (above.stream().anyMatch(i -> i.file().equals(next.file()))) {
            throw HostException.refused("image " + above.getLast().file() + " lies on " + next.file()
                    + ", which is above it already: the chain has no end");
        }
        if (above.size() >= DEEPEST) {
            throw HostException.refused("the chain of " + above.getFirst().file() + " has more than " + DEEPEST
                    + " images; merge some of them");
        }
    }

    /** A chain as the ledger knows it: down to the disk of the definition; what lies beneath is foreign. */
    static Chain ours(Domain domain, Chain full) {
        Optional<HostPath> lowest = domain.definition().disk(full.target()).map(Disk::file);
        List<Image> layers = new ArrayList<>();
        for (Image image : full.layers()) {
            layers.add(image);
            if (lowest.isPresent() && lowest.get().equals(image.file())) {
                break;
            }
        }
        return new Chain(full.target(), layers, full.readOnly());
    }

    /** What is seen of a domain, in the ledger's terms. */
    static Observation observation(Domain domain, Optional<LiveGuest> live) {
        return live.map(guest -> new Observation(
                        guest.runState(),
                        guest.disks().stream().map(d -> ours(domain, d.chain())).toList()))
                .orElseGet(() -> new Observation(RunState.SHUTOFF, List.of()));
    }

    /** Refuses when anything but what the commit is about reads its base or its top. */
    void requireUnshared(Order order, Step.CommitLayer commit) throws HostException {
        Optional<String> sharer = Sharing.sharer(backed(order), commit);
        if (sharer.isPresent()) {
            throw HostException.refused(sharer.get());
        }
    }

    /** Every image in the storage roots that lies on another, but for the stale ones and the guests' raw disks. */
    List<Backed> backed(Order order) throws HostException {
        return backed(Stream.concat(journal.domains().stream(), Stream.of(order.domain())));
    }

    List<Backed> backed() throws HostException {
        return backed(journal.domains().stream());
    }

    /** Every file in the storage roots but the stale ones. */
    List<SeenFile> files() throws HostException {
        Set<HostPath> raw = new HashSet<>();
        journal.domains().forEach(d -> addRaw(raw, d));
        Set<HostPath> stale = journal.stale();
        return images.files(storage.roots(), raw).stream()
                .filter(f -> !stale.contains(f.file()))
                .toList();
    }

    private List<Backed> backed(Stream<Domain> domains) throws HostException {
        Set<HostPath> raw = new HashSet<>();
        domains.forEach(d -> addRaw(raw, d));
        Set<HostPath> stale = journal.stale();
        return images.backed(storage.roots(), raw).stream()
                .filter(b -> !stale.contains(b.file()))
                .toList();
    }

    /** A guest can write any header into its raw disk; such a disk lies on nothing, whatever it says. */
    private static void addRaw(Set<HostPath> raw, Domain domain) {
        domain.definition().disks().stream()
                .filter(d -> d.format() == ImageFormat.RAW)
                .forEach(d -> raw.add(d.file()));
    }
}
