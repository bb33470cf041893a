package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;
import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.command.decide.CaptureRules.Capture;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Taking a snapshot: each captured disk's active layer becomes the snapshot's state, and a new overlay on it is active.
 * All overlays are made before the guest is touched; memory and disks change over in one pause.
 */
final class CreatingSnapshot {
    private final Situation situation;
    private final CreateSnapshot asked;
    private final SnapshotName name;
    private final Set<HostPath> files = new HashSet<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Switch> switches = new ArrayList<>();
    private final List<Layer> made = new ArrayList<>();
    private final List<DiskCapture> captures = new ArrayList<>();

    private CreatingSnapshot(Situation situation, CreateSnapshot asked, SnapshotName name) {
        this.situation = situation;
        this.asked = asked;
        this.name = name;
    }

    static Decision decide(Situation situation, CreateSnapshot command) {
        CreateSnapshot asked = XmlWishes.asFields(situation, command);
        refuseUnsupported(asked);
        requireExpected(situation, asked);
        SnapshotName name = situation.nameOrDefault(asked.name());
        return Decision.of(open(situationFor(situation, asked), asked, name));
    }

    /** Also decides anew, with the name that was chosen first, when the host was found otherwise. */
    static SnapshotCreationRequested open(Situation situation, CreateSnapshot asked, SnapshotName name) {
        return new CreatingSnapshot(situation, asked, name).plan();
    }

    private static void refuseUnsupported(CreateSnapshot asked) {
        refuse(asked.live(), "live", "leave it out; the guest pauses while its memory is saved");
        refuse(asked.quiesce(), "quiesce", "leave it out, or freeze the file systems in the guest first");
        refuse(asked.halt(), "halt", "leave it out, and stop the guest afterwards");
        refuse(asked.reuseExternal(), "reuseExternal", "leave it out; the overlays are made for you");
        refuse(asked.noMetadata(), "noMetadata", "leave it out; the snapshot is kept in the ledger");
        asked.memory().ifPresent(CreatingSnapshot::refuseUnsupported);
    }

    private static void refuseUnsupported(MemoryRequest memory) {
        refuse(memory.disk().isPresent(), "memory.disk", "leave it out and give memory external");
        refuse(
                memory.compression().orElse(MemoryRequest.Compression.NONE) != MemoryRequest.Compression.NONE,
                "memory.compression",
                "leave it out, or give none");
    }

    private static void refuse(boolean given, String field, String works) {
        if (given) {
            throw new RejectedException(
                    Rejection.ofField(RejectionCode.UNSUPPORTED, field + " is not supported yet; " + works, field));
        }
    }

    private static void requireExpected(Situation situation, CreateSnapshot asked) {
        Optional<SnapshotName> current = situation.state().snapshots().current();
        refuseIf(
                asked.expectedCurrent().isPresent() && !asked.expectedCurrent().equals(current),
                RejectionCode.STALE_EXPECTATION,
                "current is " + current.map(c -> "\"" + c + "\"").orElse("no snapshot") + ", not \""
                        + asked.expectedCurrent().map(SnapshotName::value).orElse("")
                        + "\" as expected; look again, then decide");
    }

    /** Who asks for memory takes the guest to run, as long as nobody has seen it. */
    private static Situation situationFor(Situation situation, CreateSnapshot asked) {
        boolean memory = memoryMode(asked).stream().anyMatch(m -> m != CaptureMode.NONE);
        return memory && situation.state().runState().isEmpty() ? situation.with(RunState.RUNNING) : situation;
    }

    /** A file without a mode means external (libvirt's E2). */
    private static Optional<CaptureMode> memoryMode(CreateSnapshot asked) {
        return asked.memory().flatMap(m -> m.snapshot().or(() -> m.file().map(_ -> CaptureMode.EXTERNAL)));
    }

    private SnapshotCreationRequested plan() {
        List<DiskWish> wishes = wishes();
        requireMemoryFileFits();
        Capture capture = CaptureRules.resolve(situation.online(), memoryMode(asked), wishes, asked.diskOnly());
        requireMonitor();
        wishes.forEach(w -> capture(w, capture));
        MemoryCapture memory = capture.memory() ? memoryFile() : new MemoryCapture.None();
        addPause(memory);
        Snapshot snapshot = new Snapshot(
                name,
                asked.description(),
                situation.state().snapshots().current(),
                situation.at(),
                stateFor(capture),
                memory,
                captures,
                situation.definition());
        return new SnapshotCreationRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps),
                snapshot,
                new LayerChange(
                        made,
                        List.of(),
                        List.of(),
                        made.stream().map(CreatingSnapshot::active).toList()),
                asked);
    }

    private static Active active(Layer layer) {
        return new Active(layer.target(), layer.file());
    }

    /** One wish for each disk of the domain, in its order (libvirt's A9). */
    private List<DiskWish> wishes() {
        Set<DiskTarget> named = new HashSet<>();
        for (DiskRequest request : asked.disks()) {
            requireDisk(situation, request.target());
            refuseIf(
                    !named.add(request.target()),
                    RejectionCode.MALFORMED,
                    "disk " + request.target() + " is given twice; give it once");
        }
        return situation.definition().disks().stream().map(this::wish).toList();
    }

    static void requireDisk(Situation situation, DiskTarget target) {
        if (situation.definition().disk(target).isEmpty()) {
            throw new RejectedException(Rejection.ofField(
                    RejectionCode.MALFORMED,
                    "domain " + situation.definition().name() + " has no disk " + target + "; it has "
                            + situation.definition().disks().stream()
                                    .map(d -> d.target().value())
                                    .toList(),
                    "disks"));
        }
    }

    private DiskWish wish(Disk disk) {
        ImageFormat format = situation.layers().active(disk.target()).image().format();
        return asked.disks().stream()
                .filter(r -> r.target().equals(disk.target()))
                .findFirst()
                .map(r -> named(disk, format, r))
                .orElseGet(() -> new DiskWish(
                        disk,
                        format,
                        disk.readOnly() ? Optional.of(CaptureMode.NONE) : disk.snapshot(),
                        Optional.empty()));
    }

    /** A file or a format without a mode means external (libvirt's K5). */
    private static DiskWish named(Disk disk, ImageFormat format, DiskRequest request) {
        boolean overlay = request.file().isPresent() || request.format().isPresent();
        Optional<CaptureMode> mode =
                request.snapshot().or(() -> overlay ? Optional.of(CaptureMode.EXTERNAL) : disk.snapshot());
        refuseIf(
                overlay && !mode.equals(Optional.of(CaptureMode.EXTERNAL)),
                RejectionCode.INVALID_COMBINATION,
                "disk " + disk.target() + " has a file or a format and is not external; give snapshot external");
        requireQcow2(request);
        if (disk.readOnly() && !mode.equals(Optional.of(CaptureMode.NONE))) {
            throw unsupported("disk " + disk.target() + " is read-only and takes no part; leave it out, or give none");
        }
        return new DiskWish(disk, format, mode, request.file());
    }

    static void requireQcow2(DiskRequest request) {
        refuseIf(
                request.format().orElse(ImageFormat.QCOW2) != ImageFormat.QCOW2,
                RejectionCode.UNSUPPORTED_FORMAT,
                "the overlay of disk " + request.target() + " cannot be raw; give format qcow2, or leave it out");
    }

    private void requireMemoryFileFits() {
        boolean file = asked.memory().flatMap(MemoryRequest::file).isPresent();
        refuseIf(
                file && !memoryMode(asked).equals(Optional.of(CaptureMode.EXTERNAL)),
                RejectionCode.INVALID_COMBINATION,
                "memory has a file and is not external; give memory snapshot external");
    }

    private void requireMonitor() {
        refuseIf(
                situation.online()
                        && situation.definition().qmpSocket().isEmpty()
                        && situation.definition().launch().isEmpty(),
                RejectionCode.WRONG_STATE,
                "domain " + situation.definition().name()
                        + " runs and has neither a qmpSocket nor a launch definition; shut it off, or define it with one");
    }

    private void capture(DiskWish wish, Capture capture) {
        DiskTarget target = wish.disk().target();
        if (!capture.external().contains(target)) {
            captures.add(new DiskCapture.None(target));
            return;
        }
        Layer base = situation.layers().active(target);
        situation.requireNotTooDeep(base);
        HostPath file = wish.file().orElseGet(() -> FileNames.overlay(base.file(), name));
        situation.requireNew(file, files);
        files.add(file);
        Image overlay = new Image(file, ImageFormat.QCOW2);
        steps.add(new MakeOverlay(target, overlay, base.image()));
        switches.add(new Switch(target, base.image(), overlay));
        made.add(new Layer(target, overlay, Optional.of(base.file()), Layer.Origin.MADE));
        captures.add(new DiskCapture.External(target, base.file(), file, ImageFormat.QCOW2));
    }

    private MemoryCapture memoryFile() {
        HostPath file = asked.memory().flatMap(MemoryRequest::file).orElseGet(this::generatedMemoryFile);
        situation.requireNew(file, files);
        return new MemoryCapture.External(file, Optional.empty());
    }

    private HostPath generatedMemoryFile() {
        return situation.definition().disks().stream()
                .findFirst()
                .map(d -> FileNames.memory(d.file(), situation.definition().name(), name))
                .orElseGet(() -> new HostPath(situation.host().storageRoots().getFirst() + "/"
                        + FileNames.memoryName(situation.definition().name(), name)));
    }

    /** A guest that is off needs no switch: its next start takes the layers that the ledger has as active. */
    private void addPause(MemoryCapture memory) {
        List<Step> inPause = new ArrayList<>();
        if (memory instanceof MemoryCapture.External saved) {
            inPause.add(new SaveMemory(saved.file()));
        }
        if (situation.online() && !switches.isEmpty()) {
            inPause.add(new SwitchActive(switches));
        }
        if (memory instanceof MemoryCapture.External) {
            steps.add(new CriticalSection(inPause));
        } else {
            steps.addAll(inPause);
        }
    }

    private SnapshotState stateFor(Capture capture) {
        return switch (situation.runState()) {
            case SHUTOFF -> SnapshotState.SHUTOFF;
            case RUNNING -> capture.memory() ? SnapshotState.RUNNING : SnapshotState.DISK_SNAPSHOT;
            case PAUSED -> capture.memory() ? SnapshotState.PAUSED : SnapshotState.DISK_SNAPSHOT;
            case CRASHED -> capture.memory() ? SnapshotState.CRASHED : SnapshotState.DISK_SNAPSHOT;
        };
    }
}
