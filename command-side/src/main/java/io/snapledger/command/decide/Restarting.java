package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Letting the guest go on with a snapshot's state: stopped if it runs, started on other layers if that is asked for. */
final class Restarting {
    private Restarting() {}

    /** Refuses before anything is touched what could not be carried through. */
    static void requireLaunch(Situation situation, RunState start) {
        refuseIf(
                start.online() && situation.definition().launch().isEmpty(),
                RejectionCode.WRONG_STATE,
                "domain " + situation.definition().name() + " has no launch definition, so nobody here can start its"
                        + " guest; define it with launch, or have it stopped (revert with start stopped) and start the"
                        + " guest yourself");
    }

    /**
     * Whether the guest goes on from the snapshot's memory without being started: all that the snapshot holds is inside the
     * layers that the guest has. It is for a guest that nobody here can start; where one can, its process is a new one.
     */
    static boolean inPlace(Situation situation, Snapshot snapshot, RunState start) {
        return situation.online()
                && start.online()
                && situation.definition().launch().isEmpty()
                && snapshot.memory() instanceof MemoryCapture.Internal
                && snapshot.externalDisks().findAny().isEmpty()
                && snapshot.internalDisks()
                        .allMatch(d ->
                                situation.layers().active(d.target()).file().equals(d.file()));
    }

    /**
     * The definition that a snapshot brings back (libvirt's W8). The domain keeps its present name, its sockets and its
     * disks: those that the snapshot does not hold keep their content.
     */
    static DomainDefinition returning(DomainDefinition now, DomainDefinition then) {
        return new DomainDefinition(
                now.name(),
                now.host(),
                now.disks(),
                then.memoryBytes(),
                now.qmpSocket(),
                now.guestAgentSocket(),
                then.launch());
    }

    /** The memory that the guest goes on with; refused when it does not fit what the disks will be. */
    static Optional<MemoryFile> memory(Situation situation, Snapshot snapshot, RunState start) {
        if (!start.online()) {
            return Optional.empty();
        }
        if (!(snapshot.memory() instanceof MemoryCapture.None)) {
            requireDefinitionOf(situation, snapshot);
            requireAllDisks(situation, snapshot);
        }
        return switch (snapshot.memory()) {
            case MemoryCapture.None _, MemoryCapture.Internal _ -> Optional.empty();
            case MemoryCapture.External e ->
                Optional.of(new MemoryFile(e.file(), saved(snapshot, e.saved()), e.compression()));
        };
    }

    /** How the guest goes on with a memory that is inside an image, if that is so. */
    static Optional<LoadMachine> machine(Situation situation, Snapshot snapshot, RunState start) {
        if (!start.online() || !(snapshot.memory() instanceof MemoryCapture.Internal memory)) {
            return Optional.empty();
        }
        return Optional.of(new LoadMachine(memory.tag(), memory.file(), tags(situation, snapshot), start));
    }

    /** The snapshot's tags, in the layers that hold them. */
    static List<Tag> tags(Situation situation, Snapshot snapshot) {
        return snapshot.internalDisks()
                .map(d -> new Tag(
                        d.target(),
                        situation.layers().find(d.file()).orElseThrow().image(),
                        d.tag()))
                .toList();
    }

    /** The active layers that give way to others, while no snapshot is current to have them as its tip. */
    static List<Layer> nobodys(Situation situation, Collection<Layer> others) {
        return situation.state().snapshots().current().isPresent()
                ? List.of()
                : others.stream()
                        .map(l -> situation.layers().active(l.target()))
                        .toList();
    }

    /** A guest that nobody here can start is off also when what follows is taken back. */
    static List<Step> stop(Situation situation) {
        if (!situation.online()) {
            return List.of();
        }
        RunState back = situation.definition().launch().isPresent() ? situation.runState() : RunState.SHUTOFF;
        return List.of(new StopGuest(situation.chains(), back));
    }

    /** {@code layers} are those of the domain when it starts. */
    static List<Step> start(Situation situation, LayerGraph layers, Optional<MemoryFile> memory, RunState start) {
        if (!start.online()) {
            return List.of();
        }
        List<Chain> chains =
                situation.definition().disks().stream().map(layers::chain).toList();
        return List.of(new StartGuest(chains, memory, start));
    }

    private static SavedMemory saved(Snapshot snapshot, Optional<SavedMemory> saved) {
        return saved.orElseThrow(() -> new RejectedException(
                RejectionCode.WOULD_CORRUPT,
                "nothing is known of the length and checksum of the memory of \"" + snapshot.name()
                        + "\"; revert with start stopped"));
    }

    private static void requireDefinitionOf(Situation situation, Snapshot snapshot) {
        refuseIf(
                !snapshot.definition().sameMachine(returning(situation.definition(), snapshot.definition())),
                RejectionCode.WOULD_CORRUPT,
                "the domain has other disks than when \"" + snapshot.name()
                        + "\" was taken, and its memory fits those alone; revert with start stopped");
    }

    /** Memory goes with exactly the disks it was taken with; one that was left out may have been written since. */
    private static void requireAllDisks(Situation situation, Snapshot snapshot) {
        List<HostPath> changed = situation.definition().disks().stream()
                .filter(d -> !d.readOnly())
                .filter(d ->
                        snapshot.disk(d.target()).orElse(new DiskCapture.None(d.target())) instanceof DiskCapture.None)
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
