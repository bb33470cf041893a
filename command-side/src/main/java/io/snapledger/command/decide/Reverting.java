package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Bringing the domain to a snapshot's state by fresh overlays on its bases. Nothing that a snapshot reads changes. What is
 * left is kept as the tip of the snapshot that was current; the former tip of the snapshot reverted to is replaced.
 */
final class Reverting {
    private Reverting() {}

    static Decision decide(Situation situation, Revert asked) {
        refuseUnsupported(asked);
        Snapshot snapshot = situation.readable(asked.snapshot());
        return Decision.of(open(situation, snapshot, start(asked, snapshot)));
    }

    static RevertRequested open(Situation situation, Snapshot snapshot, RunState start) {
        Restarting.require(situation, snapshot, start);
        Set<HostPath> files = new HashSet<>();
        List<Step> steps = new ArrayList<>();
        List<Layer> made = new ArrayList<>();
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            Layer base = situation.layers().find(disk.base()).orElseThrow();
            situation.requireNotTooDeep(base);
            HostPath file = FileNames.revertOverlay(situation, base.file(), snapshot.name(), files);
            files.add(file);
            Image overlay = new Image(file, ImageFormat.QCOW2);
            steps.add(new MakeOverlay(disk.target(), overlay, base.image()));
            made.add(new Layer(disk.target(), overlay, Optional.of(base.file()), Layer.Origin.MADE));
        }
        steps.addAll(Restarting.steps(situation, snapshot, made, start));
        List<HostPath> replaced = replaced(situation, snapshot, made);
        replaced.forEach(f -> steps.add(new RemoveFile(f)));
        return new RevertRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps),
                snapshot.name(),
                start,
                new LayerChange(made, List.of(), replaced, Restarting.active(made)));
    }

    private static void refuseUnsupported(Revert asked) {
        asked.onInvalidated().filter(o -> o != Revert.OnInvalidated.OVERLAY).ifPresent(_ -> {
            throw unsupported("onInvalidated is not supported yet but for overlay; leave it out: fresh overlays keep"
                    + " what lies on the snapshot");
        });
        if (asked.includeSubsequentChanges()) {
            throw unsupported("includeSubsequentChanges is not supported yet; leave it out to get the state that the"
                    + " snapshot holds");
        }
        if (asked.resetNvram()) {
            throw unsupported("resetNvram is not supported yet; leave it out");
        }
    }

    private static RunState start(Revert asked, Snapshot snapshot) {
        return switch (asked.start().orElse(Revert.Start.RECORDED)) {
            case RECORDED -> snapshot.state().recorded();
            case RUNNING -> RunState.RUNNING;
            case PAUSED -> RunState.PAUSED;
            case STOPPED -> RunState.SHUTOFF;
        };
    }

    /**
     * The tip that the fresh overlays take the place of, and what is left while no snapshot is current, which nothing
     * would refer to any more. What a tip has on disks that the snapshot lacks stays.
     */
    private static List<HostPath> replaced(Situation situation, Snapshot snapshot, List<Layer> made) {
        Set<Optional<HostPath>> bases = new HashSet<>();
        made.forEach(l -> bases.add(l.backing()));
        Stream<Layer> tip = situation.layers().tipOf(snapshot.name()).stream().filter(l -> bases.contains(l.backing()));
        return Stream.concat(tip, Restarting.nobodys(situation, made))
                .filter(l -> l.origin() == Layer.Origin.MADE)
                .map(Layer::file)
                .toList();
    }
}
