package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Taking the boundaries of one or more snapshots away. Their left tips go. A base that nobody has as a state any more is
 * folded with the one layer on it; with several layers on it, it stays, and is folded by the deletion that leaves one.
 * With an undo time only the references go; the rest follows when that is over.
 * What the guest or another snapshot reads never changes.
 */
final class Deleting {
    private Deleting() {}

    static Decision decide(Situation situation, Delete asked) {
        List<Snapshot> going = going(situation, situation.snapshot(asked.snapshot()), asked);
        if (going.isEmpty()) {
            return Decision.of();
        }
        if (asked.metadataOnly()) {
            return Decision.of(forget(situation, going));
        }
        return Decision.of(
                situation.undoUntil().isPresent() && !asked.force()
                        ? deferred(situation, situation.undoUntil().get(), going)
                        : open(
                                situation,
                                going,
                                asked.force() ? inTheWay(situation, going) : List.of(),
                                asked.force()));
    }

    /** Leaves first. A leaf has no descendants, and to delete those is done with nothing (libvirt's T6). */
    private static List<Snapshot> going(Situation situation, Snapshot named, Delete asked) {
        List<Snapshot> descendants = situation.state().snapshots().descendantsOf(named.name());
        return switch (asked.scope().orElse(Delete.Scope.ONE)) {
            case ONE -> List.of(named);
            case DESCENDANTS_ONLY -> descendants;
            case WITH_DESCENDANTS -> {
                List<Snapshot> all = new ArrayList<>(descendants);
                all.add(named);
                yield all;
            }
        };
    }

    /** What others keep in the files is asked for now: at the end of the time nobody is there to answer. */
    private static DeletionDeferred deferred(Situation situation, Instant until, List<Snapshot> going) {
        ForeignTags.requireSpared(situation, folded(situation, going, List.of()).steps());
        return new DeletionDeferred(
                situation.operation(),
                situation.definition().host(),
                going.stream().map(Snapshot::name).toList(),
                Unpinning.pin(situation, until, going));
    }

    /** What keeps the layers of the snapshots, or those right on them, from going or being folded. */
    private static List<Kept> inTheWay(Situation situation, List<Snapshot> going) {
        LayerGraph graph = situation.layers();
        Set<HostPath> files = Unpinning.heldBy(graph, going);
        going.stream()
                .flatMap(Snapshot::externalDisks)
                .flatMap(d -> graph.childrenOf(d.base()).stream())
                .forEach(l -> files.add(l.file()));
        return situation.state().pins().on(files);
    }

    /** Also decides anew, when the host was found otherwise. */
    static DeletionRequested open(Situation situation, List<Snapshot> going, List<Kept> ended, boolean force) {
        Folding folding = folded(situation, going, ended);
        List<Step> steps = new ArrayList<>(folding.tagsRemoved(situation));
        boolean untagged = !steps.isEmpty();
        steps.addAll(folding.steps());
        List<SnapshotName> names = going.stream().map(Snapshot::name).toList();
        return new DeletionRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps, force),
                names,
                untagged || folding.foldsAnything() ? names : List.of(),
                folding.change(),
                force);
    }

    private static Folding folded(Situation situation, List<Snapshot> going, List<Kept> ended) {
        Folding folding = new Folding(situation, going, ended);
        folding.dropNobodys(going);
        folding.dropUnpinned();
        folding.foldDown();
        folding.dropMemories();
        return folding;
    }

    /** The files stay, and are the user's from now on: what no snapshot that stays has as its state (libvirt's X2). */
    private static SnapshotsForgotten forget(Situation situation, List<Snapshot> going) {
        LayerGraph graph = situation.layers();
        for (Snapshot snapshot : going) {
            graph = graph.released(snapshot);
        }
        Set<HostPath> left = new TreeSet<>();
        for (Snapshot snapshot : going) {
            for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
                if (graph.usersOf(disk.base()).isEmpty()) {
                    left.add(disk.base());
                }
            }
            graph.leftTipOf(snapshot.name()).stream().map(Layer::file).forEach(left::add);
        }
        return new SnapshotsForgotten(going.stream().map(Snapshot::name).toList(), List.copyOf(left));
    }
}
