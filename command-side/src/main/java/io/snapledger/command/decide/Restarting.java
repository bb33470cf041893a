package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Letting the guest go on with a snapshot's state: stopped if it runs, started on other layers if that is asked for. */
final class Restarting {
    private Restarting() {}

    /** Refuses before anything is touched what could not be carried through, or not be taken back. */
    static void require(Situation situation, Snapshot snapshot, RunState start) {
        refuseIf(
                (situation.online() || start.online())
                        && situation.definition().launch().isEmpty(),
                RejectionCode.WRONG_STATE,
                "domain " + situation.definition().name() + " has no launch definition, so its guest can neither be"
                        + " started nor be started again; shut it off and revert with start stopped, or define it"
                        + " with launch");
        if (start.online() && snapshot.memory() instanceof MemoryCapture.External) {
            requireDefinitionOf(situation, snapshot);
            requireAllDisks(situation, snapshot);
        }
    }

    static List<Active> active(List<Layer> made) {
        return made.stream().map(l -> new Active(l.target(), l.file())).toList();
    }

    /** The active layers that give way to those made, while no snapshot is current to have them as its tip. */
    static Stream<Layer> nobodys(Situation situation, List<Layer> made) {
        return situation.state().snapshots().current().isPresent()
                ? Stream.of()
                : made.stream().map(l -> situation.layers().active(l.target()));
    }

    /** {@code made} are the overlays that the guest gets; its other disks keep theirs. */
    static List<Step> steps(Situation situation, Snapshot snapshot, List<Layer> made, RunState start) {
        List<Step> steps = new ArrayList<>();
        if (situation.online()) {
            steps.add(new StopGuest(situation.chains(), situation.runState()));
        }
        if (start.online()) {
            List<Chain> chains = situation.definition().disks().stream()
                    .map(d -> chain(situation, d, made))
                    .toList();
            steps.add(new StartGuest(chains, memory(snapshot), start));
        }
        return steps;
    }

    private static Chain chain(Situation situation, Disk disk, List<Layer> made) {
        return made.stream()
                .filter(l -> l.target().equals(disk.target()))
                .findFirst()
                .map(l -> new Chain(disk.target(), onTop(situation, l), disk.readOnly()))
                .orElseGet(() -> situation.layers().chain(disk));
    }

    private static List<Image> onTop(Situation situation, Layer overlay) {
        return Stream.concat(
                        Stream.of(overlay.image()),
                        overlay.backing().stream().flatMap(b -> situation.layers().imagesFrom(b).stream()))
                .toList();
    }

    private static Optional<MemoryFile> memory(Snapshot snapshot) {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _, MemoryCapture.Internal _ -> Optional.empty();
            case MemoryCapture.External e -> Optional.of(new MemoryFile(e.file(), saved(snapshot, e.saved())));
        };
    }

    private static SavedMemory saved(Snapshot snapshot, Optional<SavedMemory> saved) {
        return saved.orElseThrow(() -> new RejectedException(
                RejectionCode.WOULD_CORRUPT,
                "nothing is known of the length and checksum of the memory of \"" + snapshot.name()
                        + "\"; revert with start stopped"));
    }

    private static void requireDefinitionOf(Situation situation, Snapshot snapshot) {
        refuseIf(
                !snapshot.definition().equals(situation.definition()),
                RejectionCode.WOULD_CORRUPT,
                "the domain is defined otherwise than when \"" + snapshot.name()
                        + "\" was taken, and its memory fits that one alone; revert with start stopped");
    }

    /** Memory goes with exactly the disks it was taken with; one that was left out may have been written since. */
    private static void requireAllDisks(Situation situation, Snapshot snapshot) {
        List<HostPath> changed = situation.definition().disks().stream()
                .filter(d -> !d.readOnly())
                .filter(d -> !(snapshot.disk(d.target()).orElse(new DiskCapture.None(d.target()))
                        instanceof DiskCapture.External))
                .map(d -> situation.layers().active(d.target()).file())
                .toList();
        if (!changed.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_CORRUPT,
                    "snapshot \"" + snapshot.name() + "\" does not hold " + changed
                            + ", which may have changed since, so its memory does not fit them; revert with start"
                            + " stopped",
                    changed));
        }
    }
}
