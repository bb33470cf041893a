package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.drift.Drift.OrphanFile;
import io.snapledger.schema.drift.Repair;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a plan builds on, asked while something of the domain has drifted. A plan that reads a drifted file, or would
 * change or remove what an unknown file lies on, is refused; one that leaves the drifted files alone goes on, and takes
 * nothing for granted of their disks.
 */
final class BuildingOn {
    private final Situation situation;
    private final Set<HostPath> read = new HashSet<>();
    private final Set<HostPath> changed = new HashSet<>();
    private final Set<HostPath> removed = new HashSet<>();

    private BuildingOn(Situation situation) {
        this.situation = situation;
    }

    /**
     * The chains that the plan may take for granted.
     *
     * @throws RejectedException {@code drifted}
     */
    static List<Chain> assumed(Situation situation, List<Step> steps) {
        List<Chain> chains = situation.chains();
        if (situation.state().drift().isEmpty()) {
            return chains;
        }
        BuildingOn plan = new BuildingOn(situation);
        steps.forEach(plan::look);
        plan.refuseDrifted();
        return chains.stream().filter(plan::isSound).toList();
    }

    private LayerGraph layers() {
        return situation.layers();
    }

    private void look(Step step) {
        switch (step) {
            case Step.MakeOverlay s -> reads(s.backing());
            case Step.ReuseOverlay s -> {
                Drifting.requireNotReleased(
                        situation.state(), List.of(s.overlay().file()));
                reads(s.backing());
            }
            case Step.SaveMemory _, Step.SaveMachine _, Step.SwitchActive _ -> readsAll(situation.chains());
            case Step.CriticalSection s -> s.steps().forEach(this::look);
            case Step.MakeTags s -> s.tags().forEach(t -> reads(t.image()));
            case Step.RemoveTags s -> s.tags().forEach(t -> read.add(t.image().file()));
            case Step.RestoreTags s -> s.tags().forEach(t -> changes(t.image()));
            case Step.CommitLayer s -> {
                changes(s.base());
                changes(s.top());
                s.above().forEach(a -> read.add(a.file()));
            }
            case Step.StreamLayer s -> {
                reads(s.base());
                changes(s.top());
            }
            case Step.ReturnLayer s -> {
                reads(s.base());
                changes(s.top());
            }
            case Step.StopGuest s -> readsAll(s.disks());
            case Step.StartGuest s -> {
                readsAll(s.disks());
                s.memory().ifPresent(m -> read.add(m.file()));
            }
            case Step.LoadMachine s -> read.add(s.memory());
            case Step.RemoveFile s -> removed.add(s.file());
            case Step.MakeMemoryImage _, Step.Freeze _, Step.Thaw _ -> {}
        }
    }

    private void readsAll(List<Chain> chains) {
        chains.forEach(c -> c.layers().forEach(this::reads));
    }

    private void reads(Image image) {
        layers().find(image.file()).ifPresent(l -> layers().imagesFrom(l.file()).forEach(i -> read.add(i.file())));
        read.add(image.file());
    }

    private void changes(Image image) {
        reads(image);
        changed.add(image.file());
    }

    private void refuseDrifted() {
        List<Drift> inTheWay = situation
                .state()
                .drift()
                .all()
                .filter(this::isInTheWay)
                .sorted(java.util.Comparator.comparing(Drift::file))
                .toList();
        if (!inTheWay.isEmpty()) {
            Repair repair = Repair.of(inTheWay.getFirst(), place(inTheWay.getFirst()));
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.DRIFTED,
                    "this would build on what is not as the ledger has it: " + repair.text()
                            + (repair.commands().isEmpty() ? "" : ": " + String.join("; ", repair.commands()))
                            + (inTheWay.size() > 1
                                    ? "; and " + (inTheWay.size() - 1) + " more, see snapledger drift"
                                    : ""),
                    inTheWay.stream().map(Drift::file).distinct().toList()));
        }
    }

    private boolean isInTheWay(Drift drift) {
        return switch (drift) {
            case OrphanFile d ->
                d.backing()
                        .map(Image::file)
                        .filter(b -> changed.contains(b) || removed.contains(b))
                        .isPresent();
            case Drift.MissingFile _,
                    Drift.UnexpectedFormat _,
                    Drift.RewiredBacking _,
                    Drift.ActiveLayerDiffers _,
                    Drift.MemoryFileChanged _ -> read.contains(drift.file());
            case Drift.TooManyFiles _ -> false;
        };
    }

    private Repair.Place place(Drift drift) {
        HostPath file =
                drift instanceof OrphanFile o ? o.backing().map(Image::file).orElse(o.file()) : drift.file();
        Set<SnapshotName> holders = new TreeSet<>(layers().usersOf(drift.file()));
        holders.addAll(layers().taggedBy(drift.file()));
        holders.addAll(layers().memoryUsersOf(drift.file()));
        return new Repair.Place(
                situation.definition().name(),
                List.copyOf(holders),
                layers().find(file).filter(layers()::isActive).isPresent(),
                situation.state().snapshots().current());
    }

    /** Of a disk that has drifted nothing is assumed: what is left of this plan does not read it. */
    private boolean isSound(Chain chain) {
        Optional<DiskTarget> drifted = situation
                .state()
                .drift()
                .all()
                .filter(d -> !(d instanceof OrphanFile))
                .filter(d -> chain.layers().stream().anyMatch(i -> i.file().equals(d.file())))
                .map(_ -> chain.target())
                .findFirst();
        return drifted.isEmpty();
    }
}
