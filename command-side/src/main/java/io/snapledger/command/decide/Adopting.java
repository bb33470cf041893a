package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Taking the files of a snapshot that exists into the layers of its domain. The guest never writes what something lies
 * on: a layer that is told to lie on the active one is what the guest writes, or lies beneath that.
 */
final class Adopting {
    private final Situation situation;
    private final Optional<Snapshot> existing;
    private final List<Layer> layers = new ArrayList<>();
    private final Map<DiskTarget, Active> active = new TreeMap<>();
    private LayerGraph graph;

    Adopting(Situation situation, Optional<Snapshot> existing) {
        this.situation = situation;
        this.existing = existing;
        this.graph = existing.map(situation.layers()::released).orElse(situation.layers());
    }

    Adoption adopt(Snapshot snapshot, Captured captured, boolean current) {
        for (DiskCapture disk : snapshot.disks()) {
            switch (disk) {
                case DiskCapture.None _ -> {}
                case DiskCapture.Internal d -> known(d.target(), captured.base(d.target()));
                case DiskCapture.External d -> {
                    Image base = captured.base(d.target());
                    captured.reverted().stream()
                            .filter(r -> r.target().equals(d.target()))
                            .forEach(r -> overlay(r, base));
                    overlay(d, base);
                }
            }
        }
        memory(snapshot.memory());
        if (current) {
            activeUnder(graph, snapshot).forEach(this::activate);
        }
        return new Adoption(layers, List.copyOf(active.values()), List.copyOf(released(snapshot)));
    }

    /**
     * The layers that the guest writes when the snapshot is current: its own overlays, or those of a revert to it. Only
     * where the ledger had to guess, as it has not let the guest write there itself.
     */
    static List<Active> activeUnder(LayerGraph graph, Snapshot snapshot) {
        Map<DiskTarget, HostPath> reverted = new HashMap<>();
        snapshot.extras()
                .map(SnapshotExtras::document)
                .ifPresent(d -> DomainSnapshotXml.read(d, EnumSet.of(ParseFlag.REDEFINE))
                        .revertDisks()
                        .forEach(r ->
                                r.path().ifPresent(p -> reverted.put(new DiskTarget(r.name()), new HostPath(p)))));
        List<Active> found = new ArrayList<>();
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            HostPath file = reverted.getOrDefault(disk.target(), disk.file());
            Layer now = graph.active(disk.target());
            if (now.origin() == Layer.Origin.ADOPTED
                    && !now.file().equals(file)
                    && graph.find(file).isPresent()
                    && graph.isChildless(file)) {
                found.add(new Active(disk.target(), file));
            }
        }
        return found;
    }

    private void overlay(DiskCapture.External disk, Image image) {
        Layer base = known(disk.target(), image);
        situation.requireNotTooDeep(graph, base);
        Optional<Layer> found = graph.find(disk.file());
        found.ifPresent(f -> requireFits(f, base));
        Layer overlay = found.map(f -> f.onto(base.file()))
                .orElseGet(() -> new Layer(
                        disk.target(),
                        new Image(disk.file(), disk.format()),
                        Optional.of(base.file()),
                        Layer.Origin.ADOPTED));
        if (found.isEmpty()) {
            situation.requireNew(graph, disk.file());
        }
        boolean onActive = graph.isActive(base);
        if (!found.equals(Optional.of(overlay))) {
            learn(overlay, onActive);
        }
    }

    /** The layer in this file, made known if it was not. */
    private Layer known(DiskTarget target, Image image) {
        Optional<Layer> found = graph.find(image.file());
        if (found.isPresent()) {
            if (!found.get().target().equals(target)) {
                throw Redefining.invalid("file " + image.file() + " is given for disk " + target + ", and it belongs to"
                        + " disk " + found.get().target());
            }
            return found.get();
        }
        situation.requireNew(graph, image.file());
        Layer layer = new Layer(target, image, Optional.empty(), Layer.Origin.ADOPTED);
        learn(layer, false);
        return layer;
    }

    private void requireFits(Layer overlay, Layer base) {
        boolean elsewhere =
                overlay.backing().filter(b -> !b.equals(base.file())).isPresent();
        boolean around =
                graph.imagesFrom(base.file()).stream().anyMatch(i -> i.file().equals(overlay.file()));
        if (elsewhere || around || !overlay.target().equals(base.target())) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_CORRUPT,
                    "file " + overlay.file() + " of disk " + overlay.target() + " cannot lie on " + base.file()
                            + ": it "
                            + (elsewhere
                                    ? "lies on "
                                            + overlay.backing()
                                                    .map(HostPath::value)
                                                    .orElse("")
                                    : "is what that lies on")
                            + "; give the files as they are",
                    List.of(overlay.file(), base.file())));
        }
    }

    /** When it lies on what the guest writes, the guest writes it, or the one layer at the end of what lies on it. */
    private void learn(Layer layer, boolean onActive) {
        layers.add(layer);
        if (!onActive) {
            graph = graph.adopted(new Adoption(List.of(layer), List.of(), List.of()));
            return;
        }
        HostPath top = layer.file();
        while (graph.find(top).isPresent() && !graph.isChildless(top)) {
            List<Layer> above = graph.childrenOf(top);
            if (above.size() > 1) {
                throw new RejectedException(Rejection.ofLayers(
                        RejectionCode.WOULD_CORRUPT,
                        "several layers lie on " + top + ", so that nobody can tell what the guest writes; redefine the"
                                + " snapshots in the order of their tree",
                        above.stream().map(Layer::file).toList()));
            }
            top = above.getFirst().file();
        }
        Active now = new Active(layer.target(), top);
        active.put(layer.target(), now);
        graph = graph.adopted(new Adoption(List.of(layer), List.of(now), List.of()));
    }

    private void activate(Active now) {
        active.put(now.target(), now);
        graph = graph.adopted(new Adoption(List.of(), List.of(now), List.of()));
    }

    private void memory(MemoryCapture memory) {
        switch (memory) {
            case MemoryCapture.None _ -> {}
            case MemoryCapture.Internal m -> requireMemory(m.file());
            case MemoryCapture.External m -> requireMemory(m.file());
        }
    }

    /** Branches share a memory file, so one that is known is fine. */
    private void requireMemory(HostPath file) {
        if (!graph.has(file)) {
            situation.requireNew(graph, file);
        }
    }

    /** What only the snapshot as it was referred to, and that was not made here. */
    private Set<HostPath> released(Snapshot snapshot) {
        Set<HostPath> left = new TreeSet<>();
        Set<HostPath> still = new TreeSet<>(files(snapshot.disks()));
        for (HostPath file : existing.map(s -> files(s.disks())).orElse(Set.of())) {
            graph.find(file)
                    .filter(l -> l.origin() == Layer.Origin.ADOPTED)
                    .filter(l -> !graph.isActive(l) && graph.usersOf(file).isEmpty())
                    .filter(l -> graph.taggedBy(file).isEmpty() && !still.contains(file))
                    .ifPresent(l -> left.add(l.file()));
        }
        return left;
    }

    private static Set<HostPath> files(Collection<DiskCapture> disks) {
        Set<HostPath> files = new TreeSet<>();
        for (DiskCapture disk : disks) {
            switch (disk) {
                case DiskCapture.None _ -> {}
                case DiskCapture.Internal d -> files.add(d.file());
                case DiskCapture.External d -> {
                    files.add(d.base());
                    files.add(d.file());
                }
            }
        }
        return files;
    }
}
