package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What is kept so that an operation can be taken back, and what ends that when a command needs it. */
final class Unpinning {
    private Unpinning() {}

    /** What the snapshots refer to, when they are gone from the tree and can come back until then. */
    static Pin pin(Situation situation, Instant until, Collection<Snapshot> gone) {
        List<Tag> tags = gone.stream()
                .flatMap(s -> Restarting.tags(situation, s).stream())
                .toList();
        return new Pin(until, List.copyOf(heldBy(situation.layers(), gone)), tags, List.of());
    }

    /** The files that the snapshots are read from, and those that were written since and are left. */
    static Set<HostPath> heldBy(LayerGraph graph, Collection<Snapshot> snapshots) {
        Set<HostPath> files = new LinkedHashSet<>();
        for (Snapshot snapshot : snapshots) {
            snapshot.externalDisks().map(DiskCapture.External::base).forEach(files::add);
            graph.leftTipOf(snapshot.name()).stream().map(Layer::file).forEach(files::add);
            graph.memoryFileOf(snapshot).ifPresent(files::add);
        }
        return files;
    }

    /** Those that keep one of the layers; refused without force. */
    static List<Kept> needing(Situation situation, Collection<Layer> layers, boolean force, String what) {
        List<HostPath> files = layers.stream().map(Layer::file).toList();
        List<Kept> found = situation.state().pins().on(files);
        if (!found.isEmpty() && !force) {
            throw inTheWay(
                    what, files.stream().filter(situation.state().pins()::has).toList(), found);
        }
        return found;
    }

    /** As {@link #needing}, when only the layers' present content is needed and a tag in them does no harm. */
    static List<Kept> needingContent(Situation situation, Collection<Layer> layers, boolean force, String what) {
        return needing(
                situation,
                layers.stream()
                        .filter(l -> situation.state().pins().holdsContentOf(l.file()))
                        .toList(),
                force,
                what);
    }

    static List<Kept> of(Situation situation, Collection<OperationId> operations) {
        return operations.stream()
                .flatMap(o -> situation.state().pins().find(o).stream())
                .toList();
    }

    private static RejectedException inTheWay(String what, List<HostPath> files, List<Kept> found) {
        String operations = found.stream()
                .map(k -> "operation " + k.operation() + " until " + k.pin().until())
                .collect(Collectors.joining(", "));
        return new RejectedException(new Rejection(
                RejectionCode.WOULD_INVALIDATE,
                what + " needs " + files + ", kept to take back " + operations
                        + "; undo that, wait until then, or give force to give it up",
                new Rejection.Details(
                        Optional.of(new ArrayList<>(found.stream()
                                .flatMap(k -> k.snapshots().stream())
                                .map(Snapshot::name)
                                .toList())),
                        Optional.of(files),
                        Optional.of(found.getFirst().operation()),
                        Optional.empty())));
    }
}
