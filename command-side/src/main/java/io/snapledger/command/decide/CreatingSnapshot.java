package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.decide.CaptureRules.Capture;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskRef;
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
import io.snapledger.schema.operation.Step.Freeze;
import io.snapledger.schema.operation.Step.MakeMemoryImage;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.operation.Step.Thaw;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Taking a snapshot. A disk that is external has its active layer as the snapshot's state, and a new overlay on it is
 * active; one that is internal gets a tag inside its active layer. All files are made before the guest is touched; memory
 * and disks change over in one pause.
 */
final class CreatingSnapshot {
    private final Situation situation;
    private final CreateSnapshot asked;
    private final SnapshotName name;
    private final Set<HostPath> files = new HashSet<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Tag> tags = new ArrayList<>();
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
        requireExpected(situation, asked);
        SnapshotName name = situation.nameOrDefault(asked.name());
        return Decision.of(open(situationFor(situation, asked), asked, name));
    }

    /** Also decides anew, with the name that was chosen first, when the host was found otherwise. */
    static SnapshotCreationRequested open(Situation situation, CreateSnapshot asked, SnapshotName name) {
        return new CreatingSnapshot(situation, asked, name).plan();
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

    /** A file without a mode means external (libvirt's E2), a disk means internal. */
    private static Optional<CaptureMode> memoryMode(CreateSnapshot asked) {
        return asked.memory()
                .flatMap(m -> m.snapshot()
                        .or(() -> m.file().map(_ -> CaptureMode.EXTERNAL))
                        .or(() -> m.disk().map(_ -> CaptureMode.INTERNAL)));
    }

    private SnapshotCreationRequested plan() {
        List<DiskWish> wishes = DiskWishes.of(situation, asked.disks());
        requireMemoryFits();
        Capture capture = CaptureRules.resolve(situation.runState(), memoryMode(asked), wishes, asked.diskOnly());
        CreateFlags flags = CreateFlags.of(situation, asked, capture);
        requireMonitor();
        wishes.forEach(w -> capture(w, capture, flags));
        MemoryCapture memory = memory(capture, flags);
        changeOver(memory, flags);
        Snapshot snapshot = new Snapshot(
                name,
                asked.description(),
                situation.state().snapshots().current(),
                situation.at(),
                stateFor(memory),
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

    private void requireMemoryFits() {
        Optional<CaptureMode> mode = memoryMode(asked);
        refuseIf(
                asked.memory().flatMap(MemoryRequest::file).isPresent()
                        && !mode.equals(Optional.of(CaptureMode.EXTERNAL)),
                RejectionCode.INVALID_COMBINATION,
                "memory has a file and is not external; give memory snapshot external");
        refuseIf(
                asked.memory().flatMap(MemoryRequest::disk).isPresent()
                        && !mode.equals(Optional.of(CaptureMode.INTERNAL)),
                RejectionCode.INVALID_COMBINATION,
                "memory has a disk and is not internal; give memory snapshot internal");
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

    private void capture(DiskWish wish, Capture capture, CreateFlags flags) {
        DiskTarget target = wish.target();
        Layer layer = situation.layers().active(target);
        if (capture.external().contains(target)) {
            captures.add(overlay(wish, layer, flags));
        } else if (capture.internal().contains(target)) {
            tags.add(new Tag(target, layer.image(), name.value()));
            captures.add(new DiskCapture.Internal(target, layer.file(), name.value()));
        } else {
            captures.add(new DiskCapture.None(target));
        }
    }

    private DiskCapture overlay(DiskWish wish, Layer base, CreateFlags flags) {
        DiskTarget target = wish.target();
        situation.requireNotTooDeep(base);
        HostPath file = newFile(wish.file()
                .orElseGet(() -> FileNames.besideKept(situation, FileNames.overlay(base.file(), name))));
        Image overlay = new Image(file, ImageFormat.QCOW2);
        steps.add(
                flags.reuse()
                        ? new ReuseOverlay(target, overlay, base.image())
                        : new MakeOverlay(target, overlay, base.image()));
        switches.add(new Switch(target, base.image(), overlay));
        made.add(new Layer(
                target, overlay, Optional.of(base.file()), flags.reuse() ? Layer.Origin.REUSED : Layer.Origin.MADE));
        return new DiskCapture.External(target, base.file(), file, ImageFormat.QCOW2);
    }

    private HostPath newFile(HostPath file) {
        situation.requireNew(file, files);
        files.add(file);
        return file;
    }

    private MemoryCapture memory(Capture capture, CreateFlags flags) {
        return switch (capture.memory()) {
            case NONE -> new MemoryCapture.None();
            case INTERNAL -> new MemoryCapture.Internal(memoryImage(), name.value());
            case EXTERNAL ->
                new MemoryCapture.External(
                        newFile(asked.memory()
                                .flatMap(MemoryRequest::file)
                                .orElseGet(() -> FileNames.besideKept(
                                        situation, generated(FileNames.memoryName(domain(), name))))),
                        Optional.empty(),
                        flags.compression());
        };
    }

    /** The disk that was asked for, else the first that gets a tag, else a small image of its own. */
    private HostPath memoryImage() {
        Optional<DiskTarget> disk = asked.memory().flatMap(MemoryRequest::disk);
        if (disk.isPresent()) {
            return tags.stream()
                    .filter(t -> t.target().equals(disk.get()))
                    .findFirst()
                    .map(t -> t.image().file())
                    .orElseThrow(() -> notTagged(disk.get()));
        }
        if (!tags.isEmpty()) {
            return tags.getFirst().image().file();
        }
        HostPath file = newFile(FileNames.besideKept(situation, generated(FileNames.memoryImageName(domain(), name))));
        steps.add(new MakeMemoryImage(file));
        return file;
    }

    private RejectedException notTagged(DiskTarget disk) {
        DiskWishes.target(situation, DiskRef.of(disk));
        return new RejectedException(Rejection.ofField(
                RejectionCode.INVALID_COMBINATION,
                "the memory is to be in disk " + disk + ", which is not internal in this snapshot; give that disk"
                        + " snapshot internal, or leave memory.disk out",
                "memory.disk"));
    }

    private HostPath generated(String fileName) {
        return situation.definition().disks().stream()
                .findFirst()
                .map(d -> d.file().sibling(fileName))
                .orElseGet(() -> new HostPath(situation.host().storageRoots().getFirst() + "/" + fileName));
    }

    private DomainName domain() {
        return situation.definition().name();
    }

    private void changeOver(MemoryCapture memory, CreateFlags flags) {
        List<Step> together = new ArrayList<>(captured(memory, flags));
        boolean whole = together.size() > 1 || memory instanceof MemoryCapture.External;
        if (flags.quiesce()) {
            together.addFirst(new Freeze());
        }
        if (flags.halt()) {
            together.add(halt());
        } else if (flags.quiesce()) {
            together.add(new Thaw());
        }
        if (whole || flags.quiesce() || flags.halt()) {
            steps.add(new CriticalSection(together));
        } else {
            steps.addAll(together);
        }
    }

    /** QEMU makes no tags once the memory is written; a live one is written up to the instant of all that follows it. */
    private List<Step> captured(MemoryCapture memory, CreateFlags flags) {
        return switch (memory) {
            case MemoryCapture.None _ -> both(tagging(), switching());
            case MemoryCapture.Internal m -> both(List.of(new SaveMachine(name.value(), m.file(), tags)), switching());
            case MemoryCapture.External m -> {
                List<Step> saving = List.of(new SaveMemory(m.file(), m.compression(), flags.live()));
                List<Step> disks = both(tagging(), switching());
                yield tags.isEmpty() || flags.live() ? both(saving, disks) : both(disks, saving);
            }
        };
    }

    private static List<Step> both(List<Step> first, List<Step> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private List<Step> tagging() {
        return tags.isEmpty() ? List.of() : List.of(new MakeTags(tags));
    }

    /** A guest that is off needs no switch: its next start takes the layers that the ledger has as active. */
    private List<Step> switching() {
        return situation.online() && !switches.isEmpty() ? List.of(new SwitchActive(switches)) : List.of();
    }

    /** A guest that was to be off is not started again when the rest is taken back: it may be on either layers. */
    private Step halt() {
        return new StopGuest(situation.chains().stream().map(this::afterwards).toList(), RunState.SHUTOFF);
    }

    private Chain afterwards(Chain chain) {
        List<Image> layers = switches.stream()
                .filter(s -> s.target().equals(chain.target()))
                .map(s -> Stream.concat(Stream.of(s.to()), chain.layers().stream())
                        .toList())
                .findFirst()
                .orElse(chain.layers());
        return new Chain(chain.target(), layers, chain.readOnly());
    }

    private SnapshotState stateFor(MemoryCapture memory) {
        boolean saved = !(memory instanceof MemoryCapture.None);
        return switch (situation.runState()) {
            case SHUTOFF -> SnapshotState.SHUTOFF;
            case RUNNING -> saved ? SnapshotState.RUNNING : SnapshotState.DISK_SNAPSHOT;
            case PAUSED -> saved ? SnapshotState.PAUSED : SnapshotState.DISK_SNAPSHOT;
            case CRASHED -> saved ? SnapshotState.CRASHED : SnapshotState.DISK_SNAPSHOT;
        };
    }
}
