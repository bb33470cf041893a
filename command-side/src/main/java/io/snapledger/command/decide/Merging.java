package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Committing what was written since a snapshot into its base; the snapshot is gone, its parent's own state does not
 * change. Unlike a deletion it is all or nothing: what stands in the way is named, or with force is discarded.
 */
final class Merging {
    private final Situation situation;
    private final Snapshot going;
    private final Map<DiskTarget, Layer> kept = new HashMap<>();
    private final List<Layer> inTheWay = new ArrayList<>();
    private final Set<SnapshotName> others = new TreeSet<>();

    private Merging(Situation situation, Snapshot going) {
        this.situation = situation;
        this.going = going;
    }

    static Decision decide(Situation situation, Merge asked) {
        return Decision.of(open(situation, asked.snapshot(), asked.force()));
    }

    /** Also decides anew, when the host was found otherwise. */
    static MergeRequested open(Situation situation, SnapshotName name, boolean force) {
        Merging merging = new Merging(situation, situation.snapshot(name));
        merging.look();
        return force ? merging.forced() : merging.plain();
    }

    private LayerGraph layers() {
        return situation.layers();
    }

    private List<DiskCapture.External> disks() {
        return going.externalDisks().toList();
    }

    /** Finds on each base the layer that was written since, and what else reads the base. */
    private void look() {
        for (DiskCapture.External disk : disks()) {
            Set<SnapshotName> sharing = new TreeSet<>(layers().usersOf(disk.base()));
            sharing.remove(going.name());
            others.addAll(sharing);
            List<Layer> children = layers().childrenOf(disk.base());
            since(disk, children, sharing).ifPresent(l -> {
                kept.put(disk.target(), l);
                others.addAll(layers().taggedBy(l.file()));
            });
            children.stream().filter(c -> !c.equals(kept.get(disk.target()))).forEach(inTheWay::add);
        }
    }

    /** Of several layers the one that the guest writes through, else the one made with the snapshot. */
    private Optional<Layer> since(DiskCapture.External disk, List<Layer> children, Set<SnapshotName> sharing) {
        List<Layer> own = children.stream()
                .filter(c -> layers().ownerOf(c.file()).stream().noneMatch(sharing::contains))
                .filter(c -> !isOnlyPinned(c))
                .toList();
        return own.stream()
                .filter(this::leadsToActive)
                .findFirst()
                .or(() -> own.stream().filter(c -> c.file().equals(disk.file())).findFirst())
                .or(() -> own.size() == 1 ? Optional.of(own.getFirst()) : Optional.empty());
    }

    /** An earlier tip, which is there only to be gone back to. */
    private boolean isOnlyPinned(Layer layer) {
        return situation.state().pins().has(layer.file())
                && layers().ownerOf(layer.file()).isEmpty()
                && layers().isChildless(layer.file())
                && !layers().isActive(layer);
    }

    private boolean leadsToActive(Layer layer) {
        return layers().isActive(layer) || layers().above(layer.file()).stream().anyMatch(layers()::isActive);
    }

    private MergeRequested plain() {
        Unpinning.needing(situation, inTheWay, false, what());
        if (!others.isEmpty() || !inTheWay.isEmpty()) {
            throw wouldInvalidate();
        }
        Folding folding = new Folding(situation, List.of(going), unpinned(List.of(), false));
        folding.keep(kept.values());
        folding.dropUnreferenced();
        fold(folding);
        requireOneTip(leftBy(folding.graph(), List.of()), folding.graph(), going.parent());
        folding.dropMemories();
        return requested(folding, List.of(), false);
    }

    private MergeRequested forced() {
        List<Layer> lying = new ArrayList<>();
        for (Layer layer : inTheWay) {
            lying.addAll(layers().above(layer.file()));
            lying.add(layer);
        }
        requireNotRead(lying);
        List<Snapshot> discarded = Lying.states(situation, lying, others);
        List<Snapshot> all = new ArrayList<>(discarded);
        all.add(going);
        Folding folding = new Folding(situation, all, unpinned(lying, true));
        folding.keep(kept.values());
        folding.dropLeft(lying);
        folding.dropNobodys(discarded);
        folding.dropUnpinned();
        folding.dropUnreferenced();
        Optional<SnapshotName> heir = heir(discarded);
        folding.dropLeft(besideOthers(leftBy(folding.graph(), discarded), folding.graph(), heir));
        fold(folding);
        requireOneTip(leftBy(folding.graph(), discarded), folding.graph(), heir);
        folding.dropMemories();
        return requested(folding, discarded.stream().map(Snapshot::name).toList(), true);
    }

    /** What is written into, and what goes. */
    private List<Kept> unpinned(List<Layer> discarded, boolean force) {
        List<Layer> needed = new ArrayList<>(discarded);
        needed.addAll(kept.values());
        disks().forEach(d -> layers().find(d.base()).ifPresent(needed::add));
        return Unpinning.needing(situation, needed, force, what());
    }

    private String what() {
        return "merging \"" + going.name() + "\"";
    }

    /** A base that nothing lies on has nothing to take up. */
    private void fold(Folding folding) {
        for (DiskCapture.External disk : disks()) {
            Layer since = kept.get(disk.target());
            if (since != null) {
                requireOurs(since, folding.graph());
                folding.fold(since);
            }
        }
    }

    private void requireOurs(Layer since, LayerGraph graph) {
        boolean usersBase =
                since.backing().flatMap(graph::find).stream().anyMatch(b -> b.origin() == Layer.Origin.RELEASED);
        if (since.origin() == Layer.Origin.RELEASED
                || usersBase
                || !graph.taggedBy(since.file()).isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_INVALIDATE,
                    "layer " + since.file()
                            + ", the one beneath it or a tag in it was left to the user when its snapshot's record was deleted,"
                            + " and is not folded",
                    List.of(since.file())));
        }
    }

    /** The active layer and what it reads is never discarded, nor what the user was left. */
    private void requireNotRead(List<Layer> lying) {
        List<HostPath> read = lying.stream()
                .filter(l -> leadsToActive(l) || l.origin() != Layer.Origin.MADE || Lying.holdsUsersTag(situation, l))
                .map(Layer::file)
                .toList();
        boolean unclear =
                disks().stream().anyMatch(d -> !kept.containsKey(d.target()) && !layers().isChildless(d.base()));
        if (unclear && read.isEmpty()) {
            throw wouldInvalidate();
        }
        if (!read.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_CORRUPT,
                    "merging \"" + going.name() + "\" would discard " + read
                            + ", which the guest reads or which is not ours to remove; revert to another snapshot first",
                    read));
        }
    }

    private MergeRequested requested(Folding folding, List<SnapshotName> discarded, boolean force) {
        List<Step> steps = new ArrayList<>(folding.tagsRemoved(situation));
        steps.addAll(folding.steps());
        return new MergeRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps, force),
                going.name(),
                folding.change(),
                discarded,
                force);
    }

    private RejectedException wouldInvalidate() {
        List<HostPath> bases = disks().stream().map(DiskCapture.External::base).toList();
        List<Layer> above =
                bases.stream().flatMap(b -> layers().childrenOf(b).stream()).toList();
        Set<SnapshotName> named = new TreeSet<>(others);
        above.forEach(l ->
                layers().ownerOf(l.file()).filter(o -> !o.equals(going.name())).ifPresent(named::add));
        return wouldInvalidate(
                "merging \"" + going.name() + "\" would write into " + bases + ", which "
                        + (others.isEmpty() ? "" : "is also read by " + Lying.quoted(others) + " and ")
                        + "has " + above.size() + " layers on it; delete or merge what lies there first, or discard it"
                        + " with force: " + (named.isEmpty() ? "no snapshot" : Lying.quoted(named)),
                List.copyOf(named),
                above);
    }

    /** Who has what the snapshot leaves: the nearest snapshot above it that stays. */
    private Optional<SnapshotName> heir(List<Snapshot> discarded) {
        Set<SnapshotName> gone = discarded.stream().map(Snapshot::name).collect(Collectors.toSet());
        Optional<SnapshotName> heir = going.parent();
        while (heir.isPresent() && gone.contains(heir.get())) {
            heir = situation.snapshot(heir.get()).parent();
        }
        return heir;
    }

    /** What the snapshot, and those that go with it, leave to their heir. */
    private List<Layer> leftBy(LayerGraph graph, List<Snapshot> discarded) {
        Stream<Layer> tips =
                Stream.concat(Stream.of(going), discarded.stream()).flatMap(s -> graph.tipOf(s.name()).stream());
        Stream<Layer> nobodys = disks().stream()
                .flatMap(d -> graph.find(d.base()).stream())
                .filter(l -> graph.ownerOf(l.file()).isEmpty()
                        && graph.isChildless(l.file())
                        && graph.usersOf(l.file()).isEmpty());
        return Stream.concat(tips, nobodys).distinct().toList();
    }

    /** What would stand beside what the snapshot leaves to its heir, or what it leaves to nobody. */
    private List<Layer> besideOthers(List<Layer> leaves, LayerGraph graph, Optional<SnapshotName> heir) {
        if (heir.isEmpty()) {
            return leaves.stream().filter(l -> !kept.containsValue(l)).toList();
        }
        Set<DiskTarget> targets = leaves.stream().map(Layer::target).collect(Collectors.toSet());
        return graph.tipOf(heir.get()).stream()
                .filter(l -> targets.contains(l.target()))
                .toList();
    }

    /** What the snapshot leaves becomes its heir's tip, of which there is one at most; the domain's is active. */
    private void requireOneTip(List<Layer> left, LayerGraph graph, Optional<SnapshotName> heir) {
        Map<DiskTarget, List<Layer>> tips = Stream.concat(
                        left.stream(), heir.map(graph::tipOf).stream().flatMap(List::stream))
                .collect(Collectors.groupingBy(Layer::target));
        List<Layer> tooMany = left.stream()
                .map(l -> tips.getOrDefault(l.target(), List.of()))
                .filter(t -> t.size() > 1
                        || (!graph.isActive(t.getFirst())
                                && (heir.isEmpty()
                                        || graph.ownerOf(t.getFirst().file()).isEmpty())))
                .flatMap(List::stream)
                .distinct()
                .toList();
        if (!tooMany.isEmpty()) {
            throw wouldInvalidate(
                    "merging \"" + going.name() + "\" would leave "
                            + heir.map(p -> "snapshot \"" + p + "\"").orElse("the domain")
                            + " with two tips; delete \"" + going.name()
                            + "\" instead, or discard the other one with force",
                    heir.stream().toList(),
                    tooMany);
        }
    }

    private static RejectedException wouldInvalidate(String message, List<SnapshotName> snapshots, List<Layer> layers) {
        return new RejectedException(new Rejection(
                RejectionCode.WOULD_INVALIDATE,
                message,
                new Rejection.Details(
                        Optional.of(snapshots),
                        Optional.of(layers.stream().map(Layer::file).toList()),
                        Optional.empty(),
                        Optional.empty())));
    }
}
