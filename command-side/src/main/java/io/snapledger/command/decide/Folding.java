package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
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
import java.util.stream.Stream;

/**
 * The layers and the steps while snapshots go, worked out one change at a time: each step is right for the layers as the
 * steps before it left them. Layers are made and switched first, then dropped, then folded. What is removed was made by an
 * operation of ours.
 */
final class Folding {
    private final Pins pins;
    private final List<Kept> ended;
    private LayerGraph graph;
    private final List<Snapshot> going;
    private final Set<HostPath> kept = new HashSet<>();
    private final Set<SnapshotName> names = new HashSet<>();
    private final Set<HostPath> memories = new LinkedHashSet<>();
    private final Set<HostPath> shared;
    private final Set<HostPath> tagged;
    private final List<Step> streams = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Layer> made = new ArrayList<>();
    private final List<Active> active = new ArrayList<>();
    private final List<Fold> folded = new ArrayList<>();
    private final List<LayerChange.Stream> streamed = new ArrayList<>();
    private final List<HostPath> dropped = new ArrayList<>();
    private final List<HostPath> released = new ArrayList<>();

    /** Begins with the graph in which the snapshots refer to nothing any more. */
    Folding(Situation situation, Collection<Snapshot> going) {
        this(situation, going, List.of());
    }

    /** As above, and what the ended operations kept is kept no more. */
    Folding(Situation situation, Collection<Snapshot> going, Collection<Kept> ended) {
        this.going = List.copyOf(going);
        this.ended = List.copyOf(ended);
        LayerGraph before = situation.layers();
        LayerGraph released = before;
        pins = situation.state().pins();
        shared = situation.shared();
        tagged = shared.isEmpty() ? Set.of() : ForeignTags.files(situation.state());
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

    private boolean isPinned(HostPath file) {
        return pins.hasBut(file, endedOnes());
    }

    private List<OperationId> endedOnes() {
        return ended.stream().map(Kept::operation).toList();
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

    /** Of what lies on some layers all goes that may, and those layers are active from now on. */
    void giveWay(Collection<Layer> lying, Collection<Layer> next) {
        List<Active> writes = next.stream()
                .filter(l -> !graph.isActive(l))
                .map(l -> new Active(l.target(), l.file()))
                .toList();
        List<HostPath> gone = new ArrayList<>();
        if (!writes.isEmpty()) {
            Set<HostPath> bases = new HashSet<>();
            next.forEach(l -> bases.add(l.file()));
            lying.stream()
                    .filter(l -> bases.stream().anyMatch(b -> graph.above(b).contains(l)))
                    .forEach(l -> gone.add(l.file()));
        }
        for (HostPath file : gone) {
            graph.find(file).ifPresent(this::remove);
        }
        active.addAll(writes);
        dropped.addAll(gone);
        graph = graph.after(new LayerChange(List.of(), List.of(), gone, writes));
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

    /**
     * Wherever one layer is left on one that is nobody's state, also if an earlier operation left it so. A base that others
     * read stays as it is: where an operation of ours made it, the layer on it takes its content up, else that stays too.
     */
    void foldDown() {
        for (Layer base : graph.unused()) {
            if (shared.contains(base.file()) && folds(base)) {
                streamUp(
                        graph.find(base.file()).orElseThrow(),
                        graph.childrenOf(base.file()).getFirst());
            }
        }
        for (Layer base : graph.unused()) {
            while (!shared.contains(base.file()) && folds(base)) {
                Layer top = graph.childrenOf(base.file()).getFirst();
                if (shared.contains(top.file())) {
                    break;
                }
                fold(top);
            }
        }
    }

    private void streamUp(Layer base, Layer top) {
        if (base.origin() == Layer.Origin.MADE
                && graph.taggedBy(base.file()).isEmpty()
                && !tagged.contains(top.file())) {
            Optional<Image> backing = base.backing().flatMap(graph::find).map(Layer::image);
            LayerChange.Stream stream = new LayerChange.Stream(top.target(), top.file(), base.file());
            streams.add(new StreamLayer(top.target(), top.image(), base.image(), backing));
            streamed.add(stream);
            released.add(base.file());
            graph = graph.after(new LayerChange(
                    List.of(), List.of(), List.of(stream), List.of(), List.of(base.file()), List.of(), List.of()));
        }
    }

    private boolean folds(Layer base) {
        if (graph.find(base.file()).isEmpty() || !graph.usersOf(base.file()).isEmpty() || isPinned(base.file())) {
            return false;
        }
        List<Layer> above = graph.childrenOf(base.file());
        return above.size() == 1
                && !kept.contains(above.getFirst().file())
                && !isPinned(above.getFirst().file())
                && above.getFirst().origin() != Layer.Origin.RELEASED
                && graph.taggedBy(above.getFirst().file()).isEmpty();
    }

    /** The childless layer goes with all that only it had; one that others read is the user's from now on. */
    private void drop(Layer layer) {
        if (shared.contains(layer.file())) {
            released.add(layer.file());
            graph = graph.after(new LayerChange(
                    List.of(), List.of(), List.of(), List.of(), List.of(layer.file()), List.of(), List.of()));
            return;
        }
        remove(layer);
        dropped.add(layer.file());
        graph = graph.after(new LayerChange(List.of(), List.of(), List.of(layer.file()), List.of()));
    }

    private void remove(Layer layer) {
        if (layer.origin() == Layer.Origin.MADE) {
            steps.add(new RemoveFile(layer.file()));
        }
    }

    /** Of the given layers, those that nothing refers to any more go, with all that only they had. */
    void dropLeft(Collection<Layer> layers) {
        Deque<HostPath> beneath = new ArrayDeque<>();
        layers.stream().filter(this::isFree).forEach(layer -> {
            drop(layer);
            layer.backing().ifPresent(beneath::add);
        });
        drop(beneath);
    }

    /** Layers that do not go, whoever else had them: they are to be folded. */
    void keep(Collection<Layer> layers) {
        layers.forEach(l -> kept.add(l.file()));
    }

    private boolean isFree(Layer layer) {
        return !kept.contains(layer.file())
                && !isPinned(layer.file())
                && graph.find(layer.file()).isPresent()
                && layer.origin() == Layer.Origin.MADE
                && graph.isChildless(layer.file())
                && !graph.isActive(layer)
                && graph.usersOf(layer.file()).isEmpty()
                && graph.taggedBy(layer.file()).isEmpty();
    }

    /** The left tips of what goes, and what only those or the snapshots themselves referred to. */
    void dropNobodys(Collection<Snapshot> of) {
        Deque<HostPath> candidates = new ArrayDeque<>();
        for (Snapshot snapshot : of) {
            graph.leftTipOf(snapshot.name()).forEach(l -> candidates.add(l.file()));
            snapshot.externalDisks().forEach(d -> candidates.add(d.base()));
            snapshot.internalDisks().forEach(d -> candidates.add(d.file()));
        }
        drop(candidates);
    }

    /** Layers that only what goes was keeping, by a tag or as a state that nothing was written on since. */
    void dropUnreferenced() {
        Deque<HostPath> candidates = new ArrayDeque<>();
        for (Snapshot snapshot : going) {
            snapshot.externalDisks().forEach(d -> candidates.add(d.base()));
            snapshot.internalDisks().forEach(d -> candidates.add(d.file()));
        }
        drop(candidates);
    }

    private void drop(Deque<HostPath> candidates) {
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

    /** What the ended operations kept, unless another has it. */
    void dropUnpinned() {
        Deque<HostPath> candidates = new ArrayDeque<>();
        for (Kept one : ended) {
            one.files().stream().filter(f -> graph.find(f).isPresent()).forEach(candidates::add);
            one.snapshots().stream()
                    .filter(s -> !s.memory().adopted())
                    .flatMap(s -> graph.memoryFileOf(s).stream())
                    .forEach(memories::add);
        }
        drop(candidates);
    }

    /** A memory goes with the last snapshot that has it; branches share it. */
    void dropMemories() {
        memories.stream()
                .filter(f -> graph.memoryUsersOf(f).isEmpty() && !isPinned(f))
                .map(RemoveFile::new)
                .forEach(steps::add);
    }

    /** The tags of what goes; QEMU cannot change those of a running guest's backing files. */
    List<Step> tagsRemoved(Situation situation) {
        for (Tag tag : tags(situation)) {
            boolean beneath = situation.online()
                    && situation.chains().stream().anyMatch(c -> c.layers().lastIndexOf(tag.image()) > 0);
            refuseIf(
                    beneath,
                    RejectionCode.WRONG_STATE,
                    "tag \"" + tag.name() + "\" is in " + tag.image().file()
                            + ", which is a backing file of the running guest; shut the domain off first");
        }
        return tagsRemovedAtRest(situation);
    }

    /** As {@link #tagsRemoved}, in a plan that has stopped the guest by then. */
    List<Step> tagsRemovedAtRest(Situation situation) {
        List<Tag> tags = tags(situation);
        return tags.isEmpty() ? List.of() : List.of(new RemoveTags(tags));
    }

    private List<Tag> tags(Situation situation) {
        return Stream.concat(
                        going.stream().flatMap(s -> Restarting.tags(situation, s).stream()),
                        ended.stream().flatMap(k -> k.pin().tags().stream()))
                .toList();
    }

    boolean foldsAnything() {
        return !folded.isEmpty();
    }

    /** What is streamed comes first: as long as nothing is destroyed it can be taken back. */
    List<Step> steps() {
        return Stream.concat(streams.stream(), steps.stream()).toList();
    }

    LayerChange change() {
        return new LayerChange(made, folded, streamed, dropped, released, active, endedOnes());
    }
}
