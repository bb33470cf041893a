package io.snapledger.query;

import io.snapledger.query.view.Entry;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** What happens to one domain with one disk, told into a log. The active layer and the current snapshot are kept in mind. */
public final class Story {
    private static final Instant SEEN_AT = Instant.parse("2026-11-21T08:00:00.123456789Z");
    private static final DiskTarget VDA = new DiskTarget("vda");

    private static final DomainCommand.CreateSnapshot ASKED = new DomainCommand.CreateSnapshot(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            false,
            false,
            false,
            false,
            false,
            false,
            false,
            Optional.empty(),
            Optional.empty());

    private final MemoryLog log;
    private final DomainId id;
    private final DomainDefinition definition;
    private HostPath active;
    private Optional<SnapshotName> current = Optional.empty();
    private long told;

    public Story(MemoryLog log, String name) {
        this(log, name, "/images/" + name + ".qcow2");
    }

    public Story(MemoryLog log, String name, String file) {
        this(log, UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), name, file, "localhost");
    }

    /** With an id and a host of its own. */
    public Story(MemoryLog log, UUID id, String name, String file, String host) {
        this.log = log;
        this.id = new DomainId(id);
        this.active = new HostPath(file);
        this.definition = new DomainDefinition(
                new DomainName(name),
                new HostName(host),
                List.of(new Disk(VDA, active, ImageFormat.QCOW2, false, Optional.empty())),
                1 << 30,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        told(new DomainEvent.DomainDefined(definition), new DomainEvent.RunStateObserved(RunState.RUNNING));
    }

    public DomainId id() {
        return id;
    }

    public DomainName name() {
        return definition.name();
    }

    public HostPath active() {
        return active;
    }

    /** All that was told into the log. */
    public List<Entry> log() {
        return log.all();
    }

    /** The position of the last that was told. */
    public long position() {
        return told;
    }

    private Story told(DomainEvent... events) {
        told = log.happened(id, events);
        return this;
    }

    /** An external disk-only snapshot of a running guest, which becomes current. */
    public Story created(String name) {
        return created(name, SnapshotState.DISK_SNAPSHOT, new MemoryCapture.None());
    }

    public Story created(String name, SnapshotState state, MemoryCapture memory) {
        HostPath overlay = active.sibling(name + ".qcow2");
        Snapshot snapshot = snapshot(
                name, current, state, memory, new DiskCapture.External(VDA, active, overlay, ImageFormat.QCOW2));
        LayerChange layers = made(overlay, active, true);
        OperationId operation = operation();
        told(
                new DomainEvent.SnapshotCreationRequested(
                        operation, 1, definition, plan(overlay), snapshot, layers, ASKED),
                new DomainEvent.SnapshotCreated(operation, snapshot, layers, done()));
        active = overlay;
        current = Optional.of(snapshot.name());
        return this;
    }

    /** A snapshot that was decided and that the host has not told of yet. */
    public OperationId creating(String name) {
        HostPath overlay = active.sibling(name + ".qcow2");
        OperationId operation = operation();
        told(new DomainEvent.SnapshotCreationRequested(
                operation,
                1,
                definition,
                plan(overlay),
                snapshot(
                        name,
                        current,
                        SnapshotState.DISK_SNAPSHOT,
                        new MemoryCapture.None(),
                        new DiskCapture.External(VDA, active, overlay, ImageFormat.QCOW2)),
                made(overlay, active, true),
                ASKED));
        return operation;
    }

    /** A snapshot that could neither be made nor taken back: its overlay lies there. */
    public OperationId stuck(String name) {
        OperationId operation = creating(name);
        told(new DomainEvent.OperationNeedsAttention(
                operation,
                RejectionCode.NO_SPACE,
                "the overlay cannot be removed",
                List.of(active.sibling(name + ".qcow2")),
                done()));
        return operation;
    }

    /** A snapshot inside the image. */
    public Story createdInside(String name, SnapshotState state) {
        Snapshot snapshot =
                snapshot(name, current, state, new MemoryCapture.None(), new DiskCapture.Internal(VDA, active, name));
        OperationId operation = operation();
        told(
                new DomainEvent.SnapshotCreationRequested(
                        operation, 1, definition, plan(active), snapshot, LayerChange.NONE, ASKED),
                new DomainEvent.SnapshotCreated(operation, snapshot, LayerChange.NONE, done()));
        current = Optional.of(snapshot.name());
        return this;
    }

    /** With the memory of the running guest, all inside the image. */
    public Story createdWithMemoryInside(String name) {
        Snapshot snapshot = snapshot(
                name,
                current,
                SnapshotState.RUNNING,
                new MemoryCapture.Internal(active, name),
                new DiskCapture.Internal(VDA, active, name));
        OperationId operation = operation();
        told(
                new DomainEvent.SnapshotCreationRequested(
                        operation, 1, definition, plan(active), snapshot, LayerChange.NONE, ASKED),
                new DomainEvent.SnapshotCreated(operation, snapshot, LayerChange.NONE, done()));
        current = Optional.of(snapshot.name());
        return this;
    }

    /** The host looks into an image: tags that appeared and tags that went, all of one number and moment. */
    public Story seenInside(HostPath file, List<String> appeared, List<String> gone) {
        return told(new DomainEvent.TagsObserved(inside(file, appeared), inside(file, gone)));
    }

    /** The host is seen to be otherwise, or no longer so. */
    public Story drifted(List<Drift> appeared, List<Drift> gone) {
        return told(new DomainEvent.DriftObserved(appeared, gone));
    }

    private static List<ImageTags> inside(HostPath file, List<String> names) {
        List<StoredTag> tags = names.stream()
                .map(n -> new StoredTag("1", n, 42, SEEN_AT, 5_000_000_001L))
                .toList();
        return tags.isEmpty() ? List.of() : List.of(new ImageTags(VDA, file, tags));
    }

    /** A snapshot inside an image goes, with its tag. */
    public Story deletedInside(String name) {
        OperationId operation = operation();
        List<SnapshotName> names = List.of(new SnapshotName(name));
        current = Optional.empty();
        return told(
                new DomainEvent.DeletionRequested(
                        operation, 1, definition, plan(active), names, List.of(), LayerChange.NONE),
                new DomainEvent.SnapshotsDeleted(operation, names, LayerChange.NONE, done()));
    }

    /** What is current is so no more. */
    public Story deactivated() {
        told(new DomainEvent.SnapshotDeactivated(current.orElseThrow()));
        current = Optional.empty();
        return this;
    }

    /** A branch from a snapshot whose state is {@code base}; the guest goes on as it was. */
    public Story branched(String from, HostPath base, String name) {
        HostPath overlay = base.sibling(name + ".qcow2");
        Snapshot snapshot = snapshot(
                name,
                Optional.of(new SnapshotName(from)),
                SnapshotState.DISK_SNAPSHOT,
                new MemoryCapture.None(),
                new DiskCapture.External(VDA, base, overlay, ImageFormat.QCOW2));
        LayerChange layers = made(overlay, base, false);
        OperationId operation = operation();
        return told(
                new DomainEvent.BranchRequested(
                        operation, 1, definition, plan(overlay), snapshot, false, RunState.RUNNING, layers),
                new DomainEvent.BranchCreated(operation, snapshot, false, RunState.RUNNING, layers, done()));
    }

    public Story reverted(String name, HostPath base) {
        HostPath overlay = base.sibling("revert-to-" + name + ".qcow2");
        LayerChange layers = made(overlay, base, true);
        OperationId operation = operation();
        told(
                new DomainEvent.RevertRequested(
                        operation,
                        1,
                        definition,
                        plan(overlay),
                        new SnapshotName(name),
                        RunState.SHUTOFF,
                        layers,
                        List.of(),
                        Optional.empty(),
                        new DomainCommand.Revert(
                                new SnapshotName(name), Optional.empty(), Optional.empty(), false, false, false)),
                new DomainEvent.SnapshotReverted(
                        operation,
                        new SnapshotName(name),
                        RunState.SHUTOFF,
                        layers,
                        done(),
                        List.of(),
                        Optional.empty()));
        active = overlay;
        current = Optional.of(new SnapshotName(name));
        return this;
    }

    /** The snapshots go; {@code top} is folded into {@code base}. */
    public Story deleted(HostPath top, HostPath base, String... names) {
        List<SnapshotName> gone = Arrays.stream(names).map(SnapshotName::new).toList();
        LayerChange layers =
                new LayerChange(List.of(), List.of(new LayerChange.Fold(VDA, top, base)), List.of(), List.of());
        OperationId operation = operation();
        told(
                new DomainEvent.DeletionRequested(operation, 1, definition, plan(top), gone, gone, layers),
                new DomainEvent.SnapshotsDeleted(operation, gone, layers, done()));
        if (active.equals(top)) {
            active = base;
        }
        return without(gone);
    }

    /** What is current moves up to the nearest that stays. */
    private Story without(List<SnapshotName> gone) {
        while (current.filter(gone::contains).isPresent()) {
            current = madeAs(current.get().value()).parent();
        }
        return this;
    }

    /** The snapshot is to go; {@code base} is found to be read by others, and {@code top} takes it up. */
    public OperationId streaming(HostPath top, HostPath base, String name) {
        List<SnapshotName> gone = List.of(new SnapshotName(name));
        LayerChange fold =
                new LayerChange(List.of(), List.of(new LayerChange.Fold(VDA, top, base)), List.of(), List.of());
        OperationId operation = operation();
        told(
                new DomainEvent.DeletionRequested(operation, 1, definition, plan(top), gone, gone, fold),
                new DomainEvent.DeletionRequested(
                        operation, 2, definition, plan(top), gone, List.of(), stream(top, base)));
        return operation;
    }

    public Story streamed(OperationId operation, HostPath top, HostPath base, String name) {
        told(new DomainEvent.SnapshotsDeleted(operation, List.of(new SnapshotName(name)), stream(top, base), done()));
        return this;
    }

    private static LayerChange stream(HostPath top, HostPath base) {
        return new LayerChange(
                List.of(),
                List.of(),
                List.of(new LayerChange.Stream(VDA, top, base)),
                List.of(),
                List.of(base),
                List.of(),
                List.of());
    }

    /** The snapshot as it was created. */
    public Snapshot madeAs(String name) {
        return log.all().stream()
                .flatMap(e -> e instanceof Entry.Happened h && h.event() instanceof DomainEvent.SnapshotCreated created
                        ? Stream.of(created.snapshot())
                        : Stream.empty())
                .filter(s -> s.name().value().equals(name))
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    /** The snapshots go, and can be taken back until then. */
    public OperationId deferred(Instant until, List<HostPath> files, String... names) {
        OperationId operation = operation();
        told(new DomainEvent.DeletionDeferred(
                operation,
                definition.host(),
                Arrays.stream(names).map(SnapshotName::new).toList(),
                new Pin(until, files, List.of(), List.of())));
        return operation;
    }

    public Story undone(OperationId deletion, Restored restored) {
        told(new DomainEvent.DeletionUndone(deletion, restored));
        return this;
    }

    /** What the deletion kept goes. */
    public Story collected(OperationId deletion, HostPath top, HostPath base) {
        LayerChange layers = new LayerChange(
                List.of(), List.of(new LayerChange.Fold(VDA, top, base)), List.of(), List.of(), List.of(deletion));
        OperationId operation = operation();
        told(
                new DomainEvent.CollectionRequested(operation, 1, definition, plan(top), deletion, layers),
                new DomainEvent.PinCollected(operation, deletion, layers, done()));
        if (active.equals(top)) {
            active = base;
        }
        return this;
    }

    public Story merged(HostPath top, HostPath base, String name) {
        LayerChange layers =
                new LayerChange(List.of(), List.of(new LayerChange.Fold(VDA, top, base)), List.of(), List.of());
        OperationId operation = operation();
        told(
                new DomainEvent.MergeRequested(
                        operation, 1, definition, plan(top), new SnapshotName(name), layers, List.of(), false),
                new DomainEvent.SnapshotMerged(operation, new SnapshotName(name), layers, done(), List.of()));
        if (active.equals(top)) {
            active = base;
        }
        return without(List.of(new SnapshotName(name)));
    }

    /** A merge that was decided and that the host has not told of yet. */
    public Story merging(HostPath top, String name) {
        return told(new DomainEvent.MergeRequested(
                operation(), 1, definition, plan(top), new SnapshotName(name), LayerChange.NONE, List.of(), false));
    }

    /** A merge whose commit had begun, and that was given up; what the host left lies beside the layer. */
    public OperationId givenUp(HostPath top, String name) {
        OperationId operation = operation();
        told(
                new DomainEvent.MergeRequested(
                        operation,
                        1,
                        definition,
                        plan(top),
                        new SnapshotName(name),
                        LayerChange.NONE,
                        List.of(),
                        false),
                new DomainEvent.OperationAbandoned(
                        operation,
                        1,
                        definition.host(),
                        RejectionCode.HOST_SILENT,
                        "given up by an operator while its host was silent",
                        LayerChange.NONE,
                        List.of(),
                        List.of(),
                        List.of(new SnapshotName(name)),
                        current,
                        List.of(top.sibling("left.qcow2"))));
        return operation;
    }

    /** A snapshot that could not be made, and that was taken back. */
    public OperationId failed(String name) {
        return failed(name, "no space left on /images");
    }

    public OperationId failed(String name, String why) {
        HostPath overlay = active.sibling(name + ".qcow2");
        Snapshot snapshot = snapshot(
                name,
                current,
                SnapshotState.DISK_SNAPSHOT,
                new MemoryCapture.None(),
                new DiskCapture.External(VDA, active, overlay, ImageFormat.QCOW2));
        OperationId operation = operation();
        Failure failure = new Failure.HostRefused(why);
        HostRun run = new HostRun(List.of(new StepOutcome.Failed(0, 12, failure)), Optional.of(7L), Optional.empty());
        told(
                new DomainEvent.SnapshotCreationRequested(
                        operation, 1, definition, plan(overlay), snapshot, made(overlay, active, true), ASKED),
                new DomainEvent.HostOperationFailed(
                        operation,
                        1,
                        run,
                        failure,
                        List.of(overlay),
                        DomainEvent.HostOperationFailed.Recovery.ROLL_BACK),
                new DomainEvent.RollbackRequested(
                        operation, 2, definition, new Plan(assumes(), List.of(new Step.RemoveFile(overlay)))),
                new DomainEvent.OperationRolledBack(
                        operation, RejectionCode.NO_SPACE, why + "; nothing is left over", done()));
        return operation;
    }

    /** What is true as soon as it is decided. */
    public Story noted(DomainEvent.Noted... events) {
        return told(events);
    }

    /** An external snapshot that was there, as one learns of it; {@code document} is what it came as. */
    public Snapshot known(String name, Optional<String> parent, HostPath base, HostPath file, String document) {
        Snapshot own = snapshot(
                name,
                parent.map(SnapshotName::new),
                SnapshotState.DISK_SNAPSHOT,
                new MemoryCapture.None(),
                new DiskCapture.External(VDA, base, file, ImageFormat.QCOW2));
        return new Snapshot(
                own.name(),
                own.description(),
                own.parent(),
                own.createdAt(),
                own.state(),
                own.memory(),
                own.disks(),
                own.definition(),
                Optional.of(new SnapshotExtras(document, true)));
    }

    public static Layer adopted(HostPath file, HostPath base) {
        return new Layer(VDA, new Image(file, ImageFormat.QCOW2), Optional.of(base), Layer.Origin.ADOPTED);
    }

    public static LayerChange.Active writes(HostPath file) {
        return new LayerChange.Active(VDA, file);
    }

    public Story undefined() {
        return told(new DomainEvent.DomainUndefined(definition.name(), definition.host()));
    }

    private Snapshot snapshot(
            String name, Optional<SnapshotName> parent, SnapshotState state, MemoryCapture memory, DiskCapture disk) {
        return new Snapshot(
                new SnapshotName(name),
                Optional.empty(),
                parent,
                MemoryLog.at(told),
                state,
                memory,
                List.of(disk),
                definition);
    }

    private static LayerChange made(HostPath overlay, HostPath base, boolean active) {
        Image image = new Image(overlay, ImageFormat.QCOW2);
        return new LayerChange(
                List.of(new Layer(VDA, image, Optional.of(base), Layer.Origin.MADE)),
                List.of(),
                List.of(),
                active ? List.of(new LayerChange.Active(VDA, overlay)) : List.of());
    }

    private Plan plan(HostPath overlay) {
        return new Plan(
                assumes(),
                List.of(new Step.MakeOverlay(
                        VDA, new Image(overlay, ImageFormat.QCOW2), new Image(active, ImageFormat.QCOW2))));
    }

    private Assumptions assumes() {
        return new Assumptions(
                RunState.RUNNING, List.of(new Chain(VDA, List.of(new Image(active, ImageFormat.QCOW2)), false)));
    }

    private static HostRun done() {
        return new HostRun(
                List.of(new StepOutcome.Done(0, 5, Optional.empty(), Optional.of(MemoryWay.BACKGROUND))),
                Optional.of(3L),
                Optional.empty());
    }

    private static OperationId operation() {
        return new OperationId(UUID.randomUUID());
    }
}
