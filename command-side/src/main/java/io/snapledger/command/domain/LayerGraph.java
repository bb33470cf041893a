package io.snapledger.command.domain;

import static java.util.Objects.requireNonNull;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.disk.LayerChange.Stream;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * The files of a domain: which layer lies on which, which one the guest writes on each disk, which snapshots have a layer
 * or a memory file as their state or a tag inside a layer, and while which snapshot was current a layer was last active
 * (its owner). The
 * childless ones that a snapshot owns and none has as its state are its tip. Every question but {@link #files()} is answered by an index.
 */
public final class LayerGraph {
    static final LayerGraph EMPTY = new LayerGraph(
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty());

    private final PMap<HostPath, Layer> layers;
    private final PMap<HostPath, PSet<HostPath>> children;
    private final PMap<DiskTarget, HostPath> active;
    private final PMap<HostPath, PSet<SnapshotName>> users;
    private final PMap<HostPath, PSet<SnapshotName>> memoryUsers;
    private final PMap<HostPath, PSet<SnapshotName>> tags;
    private final PMap<HostPath, SnapshotName> owner;
    private final PMap<SnapshotName, PSet<HostPath>> owned;

    private LayerGraph(
            PMap<HostPath, Layer> layers,
            PMap<HostPath, PSet<HostPath>> children,
            PMap<DiskTarget, HostPath> active,
            PMap<HostPath, PSet<SnapshotName>> users,
            PMap<HostPath, PSet<SnapshotName>> memoryUsers,
            PMap<HostPath, PSet<SnapshotName>> tags,
            PMap<HostPath, SnapshotName> owner,
            PMap<SnapshotName, PSet<HostPath>> owned) {
        this.layers = layers;
        this.children = children;
        this.active = active;
        this.users = users;
        this.memoryUsers = memoryUsers;
        this.tags = tags;
        this.owner = owner;
        this.owned = owned;
    }

    public Optional<Layer> find(HostPath file) {
        return Optional.ofNullable(layers.get(file));
    }

    public Collection<Layer> all() {
        return Collections.unmodifiableCollection(layers.values());
    }

    /** Every file that the domain has: its layers and its saved memories. */
    public Set<HostPath> files() {
        return HashTreePSet.from(layers.keySet()).plusAll(memoryUsers.keySet());
    }

    /** Whether the file is one of the domain's layers or saved memories. */
    public boolean has(HostPath file) {
        return layers.containsKey(file) || memoryUsers.containsKey(file);
    }

    /** The layers that lie on this one, in the order of their names. */
    public List<Layer> childrenOf(HostPath file) {
        return sorted(setOf(children, file));
    }

    public int childCount(HostPath file) {
        return setOf(children, file).size();
    }

    public boolean isChildless(HostPath file) {
        return setOf(children, file).isEmpty();
    }

    /**
     * The layers that something lies on, that no snapshot has as its state and that were not left to the user, in the
     * order of their names.
     */
    public List<Layer> unused() {
        return sorted(children.keySet().stream()
                        .filter(f -> setOf(users, f).isEmpty())
                        .toList())
                .stream()
                .filter(l -> l.origin() != Layer.Origin.RELEASED)
                .toList();
    }

    /** All that lies on the layer, at any distance; what lies on another comes before it. */
    public List<Layer> above(HostPath file) {
        List<Layer> all = new ArrayList<>();
        for (Layer child : childrenOf(file)) {
            all.addAll(above(child.file()));
            all.add(child);
        }
        return all;
    }

    /** The layer that the guest writes. */
    public Layer active(DiskTarget target) {
        HostPath file = active.get(target);
        if (file == null) {
            throw new IllegalStateException("disk " + target + " has no active layer");
        }
        return existing(file);
    }

    /** The layers that the guest writes, of all disks. */
    List<Active> activeOnes() {
        return active.entrySet().stream()
                .map(e -> new Active(e.getKey(), e.getValue()))
                .toList();
    }

    public boolean isActive(Layer layer) {
        return layer.file().equals(active.get(layer.target()));
    }

    /** What a disk is read through from the given layer down. */
    public List<Image> imagesFrom(HostPath file) {
        List<Image> images = new ArrayList<>();
        Optional<HostPath> next = Optional.of(file);
        while (next.isPresent()) {
            Layer layer = existing(next.get());
            images.add(layer.image());
            next = layer.backing();
        }
        return images;
    }

    /** The chain that the disk has now. */
    public Chain chain(Disk disk) {
        return new Chain(disk.target(), imagesFrom(active(disk.target()).file()), disk.readOnly());
    }

    /** The snapshots that have this layer as the state of a disk. */
    public Set<SnapshotName> usersOf(HostPath file) {
        return Collections.unmodifiableSet(setOf(users, file));
    }

    /** The snapshots that have their memory in this file: a snapshot and its branches. */
    public Set<SnapshotName> memoryUsersOf(HostPath file) {
        return Collections.unmodifiableSet(setOf(memoryUsers, file));
    }

    /**
     * The snapshots that have a tag inside this layer. While there is one the layer is not removed, not committed down,
     * and not streamed or rebased onto other content: a tag reads through the backing chain of its layer. What is
     * committed into the layer does a tag no harm.
     */
    public Set<SnapshotName> taggedBy(HostPath file) {
        return Collections.unmodifiableSet(setOf(tags, file));
    }

    /** The file that holds the snapshot's memory and nothing else; empty when there is none, or a disk holds it. */
    public Optional<HostPath> memoryFileOf(Snapshot snapshot) {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _ -> Optional.empty();
            case MemoryCapture.Internal m -> Optional.of(m.file()).filter(f -> !layers.containsKey(f));
            case MemoryCapture.External m -> Optional.of(m.file());
        };
    }

    /** The snapshot that was current when the layer was last active; empty when none was. */
    public Optional<SnapshotName> ownerOf(HostPath file) {
        return Optional.ofNullable(owner.get(file));
    }

    /**
     * The layers that were active while the snapshot was current, or that a branch made for it, and that nothing lies on
     * and no snapshot has as its state.
     */
    public List<Layer> tipOf(SnapshotName snapshot) {
        return sorted(setOf(owned, snapshot).stream()
                .filter(f -> isChildless(f) && setOf(users, f).isEmpty())
                .toList());
    }

    /** The tip without what is active now: what a revert left behind. */
    public List<Layer> leftTipOf(SnapshotName snapshot) {
        return tipOf(snapshot).stream().filter(l -> !isActive(l)).toList();
    }

    /**
     * The graph after the change. What is dropped goes first, so that a fold may need it gone; the result is the same.
     *
     * @throws IllegalStateException when the change does not fit: a file that is there already or is not, a base that
     *     others lie on, an active layer with children
     */
    public LayerGraph after(LayerChange change) {
        LayerGraph graph = this;
        for (Layer layer : change.made()) {
            graph = graph.made(layer);
        }
        PMap<DiskTarget, HostPath> writes = graph.active;
        for (Active one : change.active()) {
            graph.existing(one.file());
            writes = writes.plus(one.target(), one.file());
        }
        graph = graph.withActive(writes);
        for (HostPath file : change.dropped()) {
            graph = graph.dropped(file);
        }
        for (Stream stream : change.streamed()) {
            graph = graph.streamed(stream);
        }
        for (Fold fold : change.folded()) {
            graph = graph.folded(fold);
        }
        for (HostPath file : change.released()) {
            graph.existing(file);
            require(setOf(graph.users, file).isEmpty(), file, "is a snapshot's state");
            require(setOf(graph.tags, file).isEmpty(), file, "cannot be left while it holds a tag");
            graph = graph.left(file);
        }
        for (HostPath file : graph.active.values()) {
            require(graph.isChildless(file), file, "is active and something lies on it");
        }
        return graph;
    }

    /** The graph when the snapshot refers to nothing any more; what it owned stays its own. */
    public LayerGraph released(Snapshot snapshot) {
        LayerGraph graph = this;
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            graph = graph.withUsers(removed(graph.users, disk.base(), snapshot.name()));
        }
        for (DiskCapture.Internal disk : snapshot.internalDisks().toList()) {
            graph = graph.withTags(removed(graph.tags, disk.file(), snapshot.name()));
        }
        Optional<HostPath> memory = memoryFileOf(snapshot);
        return memory.isPresent()
                ? graph.withMemoryUsers(removed(graph.memoryUsers, memory.get(), snapshot.name()))
                : graph;
    }

    /** As {@link #released}, but for its tags, which are the user's now and stay as they are. */
    LayerGraph forgotten(Snapshot snapshot) {
        return released(snapshot).withTags(tags);
    }

    LayerGraph held(Snapshot snapshot) {
        LayerGraph graph = this;
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            graph.existing(disk.base());
            graph = graph.withUsers(added(graph.users, disk.base(), snapshot.name()));
        }
        for (DiskCapture.Internal disk : snapshot.internalDisks().toList()) {
            graph.existing(disk.file());
            graph = graph.withTags(added(graph.tags, disk.file(), snapshot.name()));
        }
        Optional<HostPath> memory = memoryFileOf(snapshot);
        return memory.isPresent()
                ? graph.withMemoryUsers(added(graph.memoryUsers, memory.get(), snapshot.name()))
                : graph;
    }

    static LayerGraph of(List<Disk> disks) {
        LayerGraph graph = EMPTY;
        for (Disk disk : disks) {
            graph = graph.made(new Layer(disk.target(), disk.image(), Optional.empty(), Layer.Origin.DEFINED));
            graph = graph.after(
                    new LayerChange(List.of(), List.of(), List.of(), List.of(new Active(disk.target(), disk.file()))));
        }
        return graph;
    }

    /**
     * The graph when the domain has these disks. One that is new, or is another file now, begins with one layer.
     *
     * @throws IllegalStateException when a disk that goes has more than its one layer, or is a snapshot's state
     */
    LayerGraph defined(List<Disk> disks) {
        LayerGraph graph = this;
        Map<DiskTarget, HostPath> wanted = new HashMap<>();
        disks.forEach(d -> wanted.put(d.target(), d.file()));
        for (Layer layer : layers.values()) {
            boolean root = layer.backing().isEmpty() && layer.origin() == Layer.Origin.DEFINED;
            if (root && !layer.file().equals(wanted.get(layer.target()))) {
                graph = graph.withoutDisk(layer);
            }
        }
        for (Disk disk : disks) {
            if (!graph.active.containsKey(disk.target())) {
                graph = graph.made(new Layer(disk.target(), disk.image(), Optional.empty(), Layer.Origin.DEFINED));
                graph = graph.after(new LayerChange(
                        List.of(), List.of(), List.of(), List.of(new Active(disk.target(), disk.file()))));
            }
        }
        return graph;
    }

    private LayerGraph withoutDisk(Layer only) {
        require(isChildless(only.file()), only.file(), "cannot go while something lies on it");
        require(setOf(users, only.file()).isEmpty(), only.file(), "cannot go while it is a snapshot's state");
        require(setOf(tags, only.file()).isEmpty(), only.file(), "cannot go while it holds a snapshot's tag");
        require(isActive(only), only.file(), "is not what its disk is on");
        return ownedBy(Optional.empty(), only.file())
                .withActive(active.minus(only.target()))
                .withLayers(layers.minus(only.file()), children);
    }

    /** The active layers of all disks are the current snapshot's, or nobody's. */
    LayerGraph activeOwnedBy(Optional<SnapshotName> snapshot) {
        LayerGraph graph = this;
        for (HostPath file : active.values()) {
            graph = graph.ownedBy(snapshot, file);
        }
        return graph;
    }

    LayerGraph ownedBy(Optional<SnapshotName> snapshot, HostPath file) {
        if (ownerOf(file).equals(snapshot)) {
            return this;
        }
        PMap<SnapshotName, PSet<HostPath>> sets = owned;
        SnapshotName former = owner.get(file);
        if (former != null) {
            sets = removed(sets, former, file);
        }
        if (snapshot.isEmpty()) {
            return withOwners(owner.minus(file), sets);
        }
        return withOwners(owner.plus(file, snapshot.get()), added(sets, snapshot.get(), file));
    }

    /** The layer is the user's from now on; the memory in such a file is no more of ours at all. */
    LayerGraph left(HostPath file) {
        Layer layer = layers.get(file);
        if (layer == null) {
            return this;
        }
        return ownedBy(Optional.empty(), file)
                .withLayers(layers.plus(file, layer.withOrigin(Layer.Origin.RELEASED)), children);
    }

    /** All that the one owned is the other's. */
    LayerGraph inherited(SnapshotName from, Optional<SnapshotName> to) {
        LayerGraph graph = this;
        for (HostPath file : setOf(owned, from)) {
            graph = graph.ownedBy(to, file);
        }
        return graph;
    }

    /**
     * The graph with what is known better now. What lies beneath a layer can be learned once.
     *
     * @throws IllegalStateException when it does not fit: a layer lies on another one, or an active one has children
     */
    public LayerGraph adopted(Adoption adoption) {
        LayerGraph graph = this;
        for (Layer layer : adoption.layers()) {
            graph = graph.layers.containsKey(layer.file()) ? graph.onto(layer) : graph.made(layer);
        }
        graph = graph.after(new LayerChange(List.of(), List.of(), List.of(), adoption.active()));
        for (HostPath file : adoption.released()) {
            graph = graph.left(file);
        }
        return graph;
    }

    private LayerGraph onto(Layer layer) {
        Layer known = existing(layer.file());
        require(known.target().equals(layer.target()), layer.file(), "belongs to disk " + known.target());
        if (known.backing().equals(layer.backing()) || layer.backing().isEmpty()) {
            return this;
        }
        HostPath base = layer.backing().get();
        require(known.backing().isEmpty(), layer.file(), "does not lie on " + base);
        require(
                imagesFrom(base).stream().noneMatch(i -> i.file().equals(layer.file())),
                base,
                "lies on " + layer.file());
        return withLayers(layers.plus(layer.file(), known.onto(base)), added(children, base, layer.file()));
    }

    private LayerGraph made(Layer layer) {
        require(!has(layer.file()), layer.file(), "is there already");
        layer.backing().ifPresent(this::existing);
        return withLayers(
                layers.plus(layer.file(), layer),
                layer.backing().map(b -> added(children, b, layer.file())).orElse(children));
    }

    private LayerGraph folded(Fold fold) {
        Layer top = existing(fold.top());
        require(top.backing().equals(Optional.of(fold.base())), fold.top(), "does not lie on " + fold.base());
        require(setOf(children, fold.base()).size() == 1, fold.base(), "is what others lie on too");
        require(setOf(users, fold.base()).isEmpty(), fold.base(), "is a snapshot's state");
        require(setOf(tags, fold.top()).isEmpty(), fold.top(), "cannot be committed down while it holds a tag");
        PMap<HostPath, Layer> rest = layers.minus(fold.top());
        for (HostPath above : setOf(children, fold.top())) {
            Layer layer = existing(above);
            rest = rest.plus(above, new Layer(layer.target(), layer.image(), Optional.of(fold.base()), layer.origin()));
        }
        PSet<HostPath> readers = setOf(children, fold.top());
        PSet<SnapshotName> snapshots = setOf(users, fold.top());
        return withLayers(rest, put(children.minus(fold.top()), fold.base(), readers))
                .withActive(isActive(top) ? active.plus(top.target(), fold.base()) : active)
                .withUsers(put(users.minus(fold.top()), fold.base(), snapshots))
                .ownedBy(ownerOf(fold.top()).or(() -> ownerOf(fold.base())), fold.base())
                .ownedBy(Optional.empty(), fold.top());
    }

    /** What was beneath stays as it is, for others. */
    private LayerGraph streamed(Stream stream) {
        Layer top = existing(stream.top());
        Layer base = existing(stream.base());
        require(top.backing().equals(Optional.of(stream.base())), stream.top(), "does not lie on " + stream.base());
        require(base.origin() == Layer.Origin.MADE, stream.base(), "was not made by an operation of ours");
        require(setOf(tags, stream.top()).isEmpty(), stream.top(), "cannot be streamed while it holds a tag");
        PMap<HostPath, PSet<HostPath>> lying = removed(children, stream.base(), stream.top());
        return withLayers(
                layers.plus(stream.top(), new Layer(top.target(), top.image(), base.backing(), top.origin())),
                base.backing().map(b -> added(lying, b, stream.top())).orElse(lying));
    }

    private LayerGraph dropped(HostPath file) {
        Layer layer = existing(file);
        require(isChildless(file), file, "cannot go while something lies on it");
        require(setOf(users, file).isEmpty(), file, "cannot go while it is a snapshot's state");
        require(setOf(tags, file).isEmpty(), file, "cannot go while it holds a snapshot's tag");
        require(!isActive(layer), file, "cannot go while it is active");
        return ownedBy(Optional.empty(), file)
                .withLayers(
                        layers.minus(file),
                        layer.backing().map(b -> removed(children, b, file)).orElse(children));
    }

    private LayerGraph withLayers(PMap<HostPath, Layer> others, PMap<HostPath, PSet<HostPath>> lying) {
        return new LayerGraph(others, lying, active, users, memoryUsers, tags, owner, owned);
    }

    private LayerGraph withActive(PMap<DiskTarget, HostPath> others) {
        return new LayerGraph(layers, children, others, users, memoryUsers, tags, owner, owned);
    }

    private LayerGraph withOwners(PMap<HostPath, SnapshotName> others, PMap<SnapshotName, PSet<HostPath>> sets) {
        return new LayerGraph(layers, children, active, users, memoryUsers, tags, others, sets);
    }

    private LayerGraph withUsers(PMap<HostPath, PSet<SnapshotName>> others) {
        return new LayerGraph(layers, children, active, others, memoryUsers, tags, owner, owned);
    }

    private LayerGraph withTags(PMap<HostPath, PSet<SnapshotName>> others) {
        return new LayerGraph(layers, children, active, users, memoryUsers, others, owner, owned);
    }

    private LayerGraph withMemoryUsers(PMap<HostPath, PSet<SnapshotName>> others) {
        return new LayerGraph(layers, children, active, users, others, tags, owner, owned);
    }

    private Layer existing(HostPath file) {
        @Nullable Layer layer = layers.get(file);
        require(layer != null, file, "is no layer of this domain");
        return requireNonNull(layer);
    }

    private List<Layer> sorted(Collection<HostPath> files) {
        return files.stream().sorted().map(this::existing).toList();
    }

    private static void require(boolean condition, HostPath file, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(file + " " + otherwise);
        }
    }

    private static <K, V> PSet<V> setOf(PMap<K, PSet<V>> map, K key) {
        return map.getOrDefault(key, HashTreePSet.empty());
    }

    private static <K, V> PMap<K, PSet<V>> added(PMap<K, PSet<V>> map, K key, V value) {
        return map.plus(key, setOf(map, key).plus(value));
    }

    private static <K, V> PMap<K, PSet<V>> removed(PMap<K, PSet<V>> map, K key, V value) {
        return put(map, key, setOf(map, key).minus(value));
    }

    private static <K, V> PMap<K, PSet<V>> put(PMap<K, PSet<V>> map, K key, PSet<V> values) {
        return values.isEmpty() ? map.minus(key) : map.plus(key, values);
    }
}
