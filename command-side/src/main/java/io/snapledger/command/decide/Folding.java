package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The layers and the steps while snapshots go, worked out one change at a time: each step is right for the layers as the
 * steps before it left them. Layers are made and switched first, then dropped, then folded. What is removed was made by an
 * operation of ours.
 */
final class Folding {
    private LayerGraph graph;
    private final Set<SnapshotName> names = new HashSet<>();
    private final Set<HostPath> memories = new LinkedHashSet<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Layer> made = new ArrayList<>();
    private final List<Active> active = new ArrayList<>();
    private final List<Fold> folded = new ArrayList<>();
    private final List<HostPath> dropped = new ArrayList<>();

    /** Begins with the graph in which the snapshots refer to nothing any more. */
    Folding(LayerGraph before, Collection<Snapshot> going) {
        LayerGraph released = before;
        for (Snapshot snapshot : going) {
            released = released.released(snapshot);
            names.add(snapshot.name());
            before.memoryFileOf(snapshot)
                    .filter(_ -> !snapshot.memory().adopted())
                    .ifPresent(memories::add);
        }
        graph = released;
    }

    LayerGraph graph() {
        return graph;
    }

    /** The layers are there; the steps that make them so are the caller's. */
    void make(List<Layer> overlays) {
        made.addAll(overlays);
        graph = graph.after(new LayerChange(overlays, List.of(), List.of(), List.of()));
    }

    /** The layers made are active from now on; the steps that make them so are the caller's. */
    void switchTo(List<Layer> overlays) {
        made.addAll(overlays);
        List<Active> writes =
                overlays.stream().map(l -> new Active(l.target(), l.file())).toList();
        active.addAll(writes);
        graph = graph.after(new LayerChange(overlays, List.of(), List.of(), writes));
    }

    /** Layers that exist, and that nothing lies on, are active from now on. */
    void activate(Collection<Layer> layers) {
        List<Active> writes = layers.stream()
                .filter(l -> !graph.isActive(l))
                .map(l -> new Active(l.target(), l.file()))
                .toList();
        active.addAll(writes);
        graph = graph.after(new LayerChange(List.of(), List.of(), List.of(), writes));
    }

    /**
     * The content of the layer goes into the one it lies on, which nothing else lies on and no snapshot has as its state.
     * So when a running guest reads the base, it reads it through this layer.
     */
    void fold(Layer top) {
        HostPath file = top.backing().orElseThrow();
        Image base = graph.find(file).orElseThrow().image();
        List<Image> above =
                graph.childrenOf(top.file()).stream().map(Layer::image).toList();
        Fold fold = new Fold(top.target(), top.file(), file);
        steps.add(new CommitLayer(top.target(), top.image(), base, above));
        remove(top);
        folded.add(fold);
        graph = graph.after(new LayerChange(List.of(), List.of(fold), List.of(), List.of()));
    }

    /** Wherever one layer is left on one that is nobody's state, also if an earlier operation left it so. */
    void foldDown() {
        for (Layer base : graph.unused()) {
            while (folds(base)) {
                fold(graph.childrenOf(base.file()).getFirst());
            }
        }
    }

    private boolean folds(Layer base) {
        if (graph.find(base.file()).isEmpty() || !graph.usersOf(base.file()).isEmpty()) {
            return false;
        }
        List<Layer> above = graph.childrenOf(base.file());
        return above.size() == 1 && above.getFirst().origin() != Layer.Origin.RELEASED;
    }

    /** The childless layer goes with all that only it had. */
    private void drop(Layer layer) {
        remove(layer);
        dropped.add(layer.file());
        graph = graph.after(new LayerChange(List.of(), List.of(), List.of(layer.file()), List.of()));
    }

    private void remove(Layer layer) {
        if (layer.origin() == Layer.Origin.MADE) {
            steps.add(new RemoveFile(layer.file()));
        }
    }

    /** Of the given layers, those that nothing refers to any more go. */
    void dropLeft(Collection<Layer> layers) {
        layers.stream().filter(this::isFree).forEach(this::drop);
    }

    private boolean isFree(Layer layer) {
        return graph.find(layer.file()).isPresent()
                && layer.origin() == Layer.Origin.MADE
                && graph.isChildless(layer.file())
                && !graph.isActive(layer)
                && graph.usersOf(layer.file()).isEmpty();
    }

    /** The left tips of what goes, and what only those or the snapshots themselves referred to. */
    void dropNobodys(Collection<Snapshot> of) {
        Deque<HostPath> candidates = new ArrayDeque<>();
        for (Snapshot snapshot : of) {
            graph.leftTipOf(snapshot.name()).forEach(l -> candidates.add(l.file()));
            snapshot.externalDisks().forEach(d -> candidates.add(d.base()));
        }
        while (!candidates.isEmpty()) {
            graph.find(candidates.remove()).filter(this::isNobodys).ifPresent(layer -> {
                drop(layer);
                layer.backing().ifPresent(candidates::add);
            });
        }
    }

    /** A childless layer is kept as the tip of the snapshot that it was active under, unless that has one. */
    private boolean isNobodys(Layer layer) {
        if (!isFree(layer)) {
            return false;
        }
        Optional<SnapshotName> owner = graph.ownerOf(layer.file()).filter(o -> !names.contains(o));
        return owner.isEmpty()
                || graph.tipOf(owner.get()).stream()
                        .anyMatch(t -> t.target().equals(layer.target()) && !t.equals(layer));
    }

    /** A memory goes with the last snapshot that has it; branches share it. */
    void dropMemories() {
        memories.stream()
                .filter(f -> graph.memoryUsersOf(f).isEmpty())
                .map(RemoveFile::new)
                .forEach(steps::add);
    }

    boolean foldsAnything() {
        return !folded.isEmpty();
    }

    List<Step> steps() {
        return steps;
    }

    LayerChange change() {
        return new LayerChange(made, folded, dropped, active);
    }
}
