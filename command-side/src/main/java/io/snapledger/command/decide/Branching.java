package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;
import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A second line of history from an external snapshot: new overlays on its bases, its memory shared. The guest and current
 * change only when the branch is to be current; then it is also a revert whose overlays are the branch's.
 */
final class Branching {
    private Branching() {}

    static Decision decide(Situation situation, Branch command) {
        Branch asked = XmlWishes.asFields(situation, command);
        if (asked.reuseExternal()) {
            throw unsupported("reuseExternal is not supported yet; leave it out, the overlays are made for you");
        }
        Snapshot point = situation.readable(asked.from()
                .orElseThrow(() -> new RejectedException(Rejection.ofField(
                        RejectionCode.MALFORMED, "from is missing; name the snapshot to branch from", "from"))));
        requireBranchable(point);
        SnapshotName name = situation.nameOrDefault(asked.name());
        Map<DiskTarget, HostPath> files = filesAsked(situation, point, asked.disks());
        return Decision.of(open(situation, point, name, asked.description(), files, asked.current()));
    }

    /** The opening of a branch decided anew keeps its files: they were asked for, or follow from its name. */
    static BranchRequested again(Situation situation, BranchRequested first) {
        Snapshot branch = first.snapshot();
        Map<DiskTarget, HostPath> files = new HashMap<>();
        branch.externalDisks().forEach(d -> files.put(d.target(), d.file()));
        Snapshot point = situation.readable(branch.parent().orElseThrow());
        return open(situation, point, branch.name(), branch.description(), files, first.current());
    }

    private static BranchRequested open(
            Situation situation,
            Snapshot point,
            SnapshotName name,
            Optional<String> description,
            Map<DiskTarget, HostPath> files,
            boolean current) {
        RunState start = current ? point.state().recorded() : situation.runState();
        Optional<MemoryFile> memory = Optional.empty();
        if (current) {
            Restarting.requireLaunch(situation, situation.online() ? situation.runState() : start);
            memory = Restarting.memory(situation, point, start);
        }
        List<Step> steps = new ArrayList<>();
        List<Layer> made = new ArrayList<>();
        List<DiskCapture> captures = new ArrayList<>();
        Set<HostPath> inThisPlan = new HashSet<>();
        for (DiskCapture disk : point.disks()) {
            if (disk instanceof DiskCapture.External external) {
                Layer overlay = overlay(situation, external, name, files, inThisPlan);
                Layer base = situation.layers().find(external.base()).orElseThrow();
                steps.add(new MakeOverlay(overlay.target(), overlay.image(), base.image()));
                made.add(overlay);
                captures.add(
                        new DiskCapture.External(overlay.target(), base.file(), overlay.file(), ImageFormat.QCOW2));
            } else {
                captures.add(new DiskCapture.None(disk.target()));
            }
        }
        Folding folding = new Folding(situation, List.of());
        if (current) {
            folding.switchTo(made);
            steps.addAll(Restarting.stop(situation));
            steps.addAll(Restarting.start(situation, folding.graph(), memory, start));
            folding.dropLeft(Restarting.nobodys(situation, made));
            steps.addAll(folding.steps());
        } else {
            folding.make(made);
        }
        Snapshot branch = new Snapshot(
                name,
                description,
                Optional.of(point.name()),
                situation.at(),
                point.state(),
                point.memory(),
                captures,
                point.definition());
        return new BranchRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps),
                branch,
                current,
                start,
                folding.change());
    }

    private static Layer overlay(
            Situation situation,
            DiskCapture.External disk,
            SnapshotName name,
            Map<DiskTarget, HostPath> files,
            Set<HostPath> inThisPlan) {
        Layer base = situation.layers().find(disk.base()).orElseThrow();
        situation.requireNotTooDeep(base);
        HostPath file = files.getOrDefault(
                disk.target(), FileNames.besideKept(situation, FileNames.overlay(disk.base(), name)));
        situation.requireNew(file, inThisPlan);
        inThisPlan.add(file);
        return new Layer(
                disk.target(), new Image(file, ImageFormat.QCOW2), Optional.of(disk.base()), Layer.Origin.MADE);
    }

    private static void requireBranchable(Snapshot point) {
        boolean internal = point.disks().stream().anyMatch(DiskCapture.Internal.class::isInstance)
                || point.memory() instanceof MemoryCapture.Internal;
        refuseIf(
                internal || point.externalDisks().findAny().isEmpty(),
                RejectionCode.INVALID_COMBINATION,
                "snapshot \"" + point.name() + "\" cannot be branched from: that needs at least one external disk and"
                        + " nothing internal");
    }

    private static Map<DiskTarget, HostPath> filesAsked(Situation situation, Snapshot point, List<DiskRequest> disks) {
        Map<DiskTarget, HostPath> files = new HashMap<>();
        DiskWishes.byTarget(situation, disks).forEach((target, disk) -> {
            DiskWishes.requireQcow2(disk);
            requireSame(point, target, disk);
            disk.file().ifPresent(f -> files.put(target, f));
        });
        return files;
    }

    /** A branch has the very disks of its branch point. */
    private static void requireSame(Snapshot point, DiskTarget target, DiskRequest disk) {
        boolean held = point.disk(target).stream().anyMatch(DiskCapture.External.class::isInstance);
        CaptureMode mode =
                disk.snapshot().orElse(held || disk.file().isPresent() ? CaptureMode.EXTERNAL : CaptureMode.NONE);
        refuseIf(
                mode != (held ? CaptureMode.EXTERNAL : CaptureMode.NONE)
                        || (!held && disk.file().isPresent()),
                RejectionCode.INVALID_COMBINATION,
                "disk " + target + " is " + (held ? "external" : "not held") + " in snapshot \"" + point.name()
                        + "\", and so it is in its branches; leave it out, or give only a file");
    }
}
