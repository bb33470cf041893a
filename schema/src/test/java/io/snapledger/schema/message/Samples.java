package io.snapledger.schema.message;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Adoption;
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
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One record of every message, as full as the story of web-1 and its snapshots allows. */
final class Samples {
    private static final OperationId OPERATION = OperationId.parse("7f3a51c0-5b0e-4a35-9d6f-3f1f6c0f2a11");
    private static final DomainId DOMAIN = DomainId.parse("3b241101-e2bb-4255-8caf-4136c566a962");
    private static final HostName HOST = new HostName("kvm-1");
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final SnapshotName NIGHTLY = new SnapshotName("nightly");
    private static final SnapshotName CLEAN = new SnapshotName("clean install");
    private static final HostPath ROOT = new HostPath("/srv/images");
    private static final Image BASE = qcow2("/srv/images/web-1.qcow2");
    private static final Image OVERLAY = qcow2("/srv/images/web-1.nightly.qcow2");
    private static final Image DATA = new Image(new HostPath("/srv/images/web-1-data.raw"), ImageFormat.RAW);
    private static final HostPath MEMORY = new HostPath("/srv/images/web-1.nightly.mem");
    private static final SavedMemory SAVED =
            new SavedMemory(134_217_728, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    private static final Instant AT = Instant.parse("2026-11-21T05:30:00.123456Z");

    private static final DomainDefinition DEFINITION = new DomainDefinition(
            new DomainName("web-1"),
            HOST,
            List.of(
                    new Disk(VDA, BASE.file(), ImageFormat.QCOW2, false, Optional.of(CaptureMode.EXTERNAL)),
                    new Disk(VDB, DATA.file(), ImageFormat.RAW, true, Optional.empty())),
            268_435_456,
            Optional.of(new HostPath("/run/snapledger/web-1.sock")),
            Optional.of(new HostPath("/run/snapledger/web-1.agent.sock")),
            Optional.of("small"));

    private static final Chain BEFORE = new Chain(VDA, List.of(BASE), false);
    private static final Chain AFTER = new Chain(VDA, List.of(OVERLAY, BASE), false);
    private static final Chain READ_ONLY = new Chain(VDB, List.of(DATA), true);
    private static final SeenBacking ON_BASE =
            new SeenBacking("web-1.qcow2", Optional.of(BASE.file()), Optional.of(ImageFormat.QCOW2));
    private static final ImageTags INSIDE_BASE = new ImageTags(
            VDA,
            BASE.file(),
            List.of(new StoredTag("1", "clean install", 134_217_728, AT.plusNanos(789), 86_400_000_000_123L)));
    private static final Observation SEEN = new Observation(
            RunState.RUNNING,
            List.of(BEFORE, READ_ONLY),
            Optional.of(List.of(INSIDE_BASE)),
            Optional.of(new SeenFiles(
                    List.of(
                            new SeenFile(
                                    OVERLAY.file(),
                                    Optional.of(ImageFormat.QCOW2),
                                    Optional.of(ON_BASE),
                                    Optional.empty(),
                                    false),
                            new SeenFile(MEMORY, Optional.empty(), Optional.empty(), Optional.of(4096L), true)),
                    1)));

    private static final Snapshot SNAPSHOT = new Snapshot(
            NIGHTLY,
            Optional.of("before the update"),
            Optional.of(CLEAN),
            AT,
            SnapshotState.RUNNING,
            new MemoryCapture.External(MEMORY, Optional.of(SAVED)),
            List.of(
                    new DiskCapture.External(VDA, BASE.file(), OVERLAY.file(), ImageFormat.QCOW2),
                    new DiskCapture.None(VDB)),
            DEFINITION);
    private static final Snapshot INSIDE = new Snapshot(
            CLEAN,
            Optional.empty(),
            Optional.empty(),
            AT,
            SnapshotState.DISK_SNAPSHOT,
            new MemoryCapture.Internal(BASE.file(), "clean install"),
            List.of(new DiskCapture.Internal(VDA, BASE.file(), "clean install")),
            DEFINITION);

    private static final Step.Tag TAG = new Step.Tag(VDA, BASE, "nightly");

    private static final Snapshot REDEFINED = new Snapshot(
            NIGHTLY,
            Optional.empty(),
            Optional.empty(),
            AT,
            SnapshotState.RUNNING,
            new MemoryCapture.External(MEMORY, Optional.empty(), Optional.empty(), true),
            List.of(new DiskCapture.External(VDA, BASE.file(), OVERLAY.file(), ImageFormat.QCOW2)),
            DEFINITION,
            Optional.of(new SnapshotExtras("<domainsnapshot>\n  <name>nightly</name>\n</domainsnapshot>\n", true)));

    private static final LayerChange GROWS = new LayerChange(
            List.of(new Layer(VDA, OVERLAY, Optional.of(BASE.file()), Layer.Origin.MADE)),
            List.of(),
            List.of(),
            List.of(new LayerChange.Active(VDA, OVERLAY.file())));
    private static final LayerChange SHRINKS = new LayerChange(
            List.of(),
            List.of(new LayerChange.Fold(VDA, OVERLAY.file(), BASE.file())),
            List.of(new LayerChange.Stream(VDA, OVERLAY.file(), BASE.file())),
            List.of(OVERLAY.file()),
            List.of(BASE.file()),
            List.of(new LayerChange.Active(VDA, BASE.file())),
            List.of());

    private static final Plan CREATING = new Plan(
            new Assumptions(RunState.RUNNING, List.of(BEFORE, READ_ONLY)),
            List.of(
                    new Step.MakeOverlay(VDA, OVERLAY, BASE),
                    new Step.CriticalSection(List.of(
                            new Step.SaveMemory(MEMORY),
                            new Step.SwitchActive(List.of(new Step.Switch(VDA, BASE, OVERLAY)))))));
    private static final Plan RESTARTING = new Plan(
            new Assumptions(RunState.RUNNING, List.of(AFTER)),
            List.of(
                    new Step.StopGuest(List.of(AFTER), RunState.RUNNING),
                    new Step.StartGuest(
                            List.of(BEFORE), Optional.of(new Step.MemoryFile(MEMORY, SAVED)), RunState.PAUSED)));
    private static final Plan FOLDING = new Plan(
            new Assumptions(RunState.SHUTOFF, List.of(AFTER)),
            List.of(
                    new Step.CommitLayer(VDA, OVERLAY, BASE, List.of(qcow2("/srv/images/web-1.tip.qcow2"))),
                    new Step.RemoveFile(OVERLAY.file())));
    private static final Plan UNDOING =
            new Plan(new Assumptions(RunState.RUNNING, List.of()), List.of(new Step.RemoveFile(OVERLAY.file())));

    private static final Rehearsal REHEARSAL = new Rehearsal(
            CREATING.steps(),
            List.of(OVERLAY.file(), MEMORY),
            List.of(DATA.file()),
            List.of(CLEAN),
            List.of(BASE.file()),
            List.of(new Rehearsal.Depth(VDA, 2)));

    private static final OperationId OTHER = OperationId.parse("5f0f9f5e-9f0b-4c6e-8a55-2d3f1c0b9a77");
    private static final Step.Tag UNDO_TAG = new Step.Tag(VDA, BASE, "undo-" + OPERATION);
    private static final Pin PIN = new Pin(
            Instant.parse("2026-03-04T05:06:07Z"),
            List.of(OVERLAY.file(), MEMORY),
            List.of(UNDO_TAG),
            List.of(UNDO_TAG));
    private static final Restored RESTORED =
            new Restored(List.of(SNAPSHOT), List.of(new Restored.Moved(CLEAN, NIGHTLY)), Optional.of(NIGHTLY));

    private static final HostRun RUN = new HostRun(
            List.of(new StepOutcome.Done(0, 35, Optional.empty()), new StepOutcome.Done(1, 480, Optional.of(SAVED))),
            Optional.of(412L),
            Optional.of(8L));
    private static final Failure NO_SPACE = new Failure.ToolFailed(
            "overlay /srv/images/web-1.nightly.qcow2 could not be made",
            "qemu-img create -f qcow2 -o backing_file=/srv/images/web-1.qcow2",
            1,
            "No space left on device");
    private static final HostRun BROKEN = new HostRun(
            List.of(
                    new StepOutcome.Failed(0, 12, NO_SPACE),
                    new StepOutcome.Failed(
                            1,
                            3,
                            new Failure.MonitorRefused("the disks were not switched", "transaction", "GenericError")),
                    new StepOutcome.Unknown(
                            2, 30_000, new Failure.DeadlineExpired("no answer from the monitor", 30_000)),
                    new StepOutcome.Unknown(3, 1, new Failure.ConnectionLost("the monitor of web-1 went away")),
                    new StepOutcome.Failed(4, 1, new Failure.HostRefused("file /srv/images/x.mem is there already"))),
            Optional.empty(),
            Optional.empty());

    private static final DomainCommand.CreateSnapshot CREATE = new DomainCommand.CreateSnapshot(
            Optional.of(NIGHTLY),
            Optional.of("before the update"),
            Optional.of(new MemoryRequest(
                    Optional.of(CaptureMode.EXTERNAL),
                    Optional.of(MEMORY),
                    Optional.empty(),
                    Optional.of(Compression.NONE))),
            List.of(
                    new DiskRequest(
                            VDA,
                            Optional.of(CaptureMode.EXTERNAL),
                            Optional.of(OVERLAY.file()),
                            Optional.of(ImageFormat.QCOW2)),
                    new DiskRequest(VDB, Optional.of(CaptureMode.NONE), Optional.empty(), Optional.empty())),
            false,
            true,
            false,
            false,
            true,
            false,
            false,
            Optional.of(CLEAN),
            Optional.empty());

    private Samples() {}

    /** Every sample under its record. */
    static Map<Class<?>, Object> all() {
        Map<Class<?>, Object> samples = new LinkedHashMap<>();
        for (Object sample : commands()) {
            samples.put(sample.getClass(), sample);
        }
        for (Object sample : events()) {
            samples.put(sample.getClass(), sample);
        }
        for (Object sample : telling()) {
            samples.put(sample.getClass(), sample);
        }
        for (Object sample : replies()) {
            samples.put(sample.getClass(), sample);
        }
        return samples;
    }

    private static List<Object> commands() {
        return List.of(
                new DomainCommand.DefineDomain(
                        DEFINITION.name(),
                        HOST,
                        DEFINITION.disks(),
                        DEFINITION.memoryBytes(),
                        DEFINITION.qmpSocket(),
                        DEFINITION.guestAgentSocket(),
                        DEFINITION.launch()),
                new DomainCommand.UpdateDomain(
                        DEFINITION.name(),
                        HOST,
                        DEFINITION.disks(),
                        DEFINITION.memoryBytes(),
                        DEFINITION.qmpSocket(),
                        Optional.empty(),
                        Optional.empty()),
                new DomainCommand.UndefineDomain(true),
                CREATE,
                new DomainCommand.Branch(
                        Optional.of(NIGHTLY),
                        Optional.of(new SnapshotName("experiment")),
                        Optional.of("what if"),
                        List.of(),
                        true,
                        false,
                        Optional.empty()),
                new DomainCommand.Revert(
                        NIGHTLY,
                        Optional.of(DomainCommand.Revert.Start.RECORDED),
                        Optional.of(DomainCommand.Revert.OnInvalidated.OVERLAY),
                        false,
                        false,
                        false),
                new DomainCommand.Delete(
                        NIGHTLY, Optional.of(DomainCommand.Delete.Scope.WITH_DESCENDANTS), false, false),
                new DomainCommand.Merge(NIGHTLY, false),
                new DomainCommand.Deactivate(NIGHTLY, Optional.of(DomainCommand.Deactivate.Mode.MERGE), false),
                new DomainCommand.RedefineSnapshot("<domainsnapshot><name>nightly</name></domainsnapshot>", true),
                new DomainCommand.ImportTree(
                        "import-7",
                        1,
                        2,
                        List.of("<domainsnapshot><name>nightly</name></domainsnapshot>"),
                        Optional.of(NIGHTLY)),
                new DomainCommand.SetCurrent(NIGHTLY),
                new DomainCommand.DescribeSnapshot(NIGHTLY, "the last good one"),
                new DomainCommand.UndoOperation(OPERATION),
                new DomainCommand.CancelOperation(OPERATION),
                new DomainCommand.RetryOperation(OPERATION),
                new DomainCommand.AbandonOperation(OPERATION),
                new DomainCommand.ReportDomainState(HOST, 4, SEEN),
                new DomainCommand.ReportHostOperation(
                        HOST, 4, OPERATION, 1, new HostResult.Failed(BROKEN, NO_SPACE, List.of(OVERLAY.file()))),
                new DomainCommand.RollBackOperation(OPERATION, 2),
                new DomainCommand.CollectPin(OPERATION, 1),
                new DomainCommand.ResumeOperation(OPERATION, 2),
                new HostReport(
                        HOST,
                        4,
                        List.of(ROOT),
                        new HostPath("/run/snapledger"),
                        List.of("small"),
                        "7.2.22",
                        List.of("MakeOverlay", "SwitchActive"),
                        9_876_543_210L));
    }

    private static List<Object> events() {
        return List.of(
                new DomainEvent.DomainDefined(DEFINITION),
                new DomainEvent.DomainUpdated(DEFINITION),
                new DomainEvent.DomainUndefined(DEFINITION.name(), HOST),
                new DomainEvent.RunStateObserved(RunState.CRASHED),
                new DomainEvent.TagsObserved(
                        List.of(INSIDE_BASE),
                        List.of(new ImageTags(
                                VDA, OVERLAY.file(), List.of(new StoredTag("2", "1764000000", 0, AT, 0))))),
                new DomainEvent.DriftObserved(
                        List.of(
                                new Drift.MissingFile(Optional.of(VDA), BASE.file()),
                                new Drift.UnexpectedFormat(VDA, OVERLAY),
                                new Drift.RewiredBacking(VDA, OVERLAY.file(), BASE, Optional.of(ON_BASE)),
                                new Drift.ActiveLayerDiffers(
                                        VDA, OVERLAY.file(), List.of(OVERLAY, BASE), List.of(BASE)),
                                new Drift.OrphanFile(Optional.of(VDA), OVERLAY.file(), Optional.of(BASE), true, true)),
                        List.of(
                                new Drift.MemoryFileChanged(MEMORY, 4096, 4095),
                                new Drift.TooManyFiles(OVERLAY.file(), 7))),
                new DomainEvent.LeftoversReleased(HOST, List.of(OVERLAY.file(), MEMORY)),
                new DomainEvent.SnapshotCreationRequested(OPERATION, 1, DEFINITION, CREATING, SNAPSHOT, GROWS, CREATE),
                new DomainEvent.BranchRequested(
                        OPERATION, 1, DEFINITION, RESTARTING, SNAPSHOT, true, RunState.PAUSED, GROWS),
                new DomainEvent.RevertRequested(
                        OPERATION,
                        1,
                        DEFINITION,
                        RESTARTING,
                        NIGHTLY,
                        RunState.RUNNING,
                        GROWS,
                        List.of(CLEAN),
                        Optional.of(PIN),
                        new DomainCommand.Revert(
                                NIGHTLY,
                                Optional.of(DomainCommand.Revert.Start.RUNNING),
                                Optional.of(DomainCommand.Revert.OnInvalidated.DISCARD),
                                false,
                                false,
                                false)),
                new DomainEvent.DeletionRequested(
                        OPERATION, 1, DEFINITION, FOLDING, List.of(NIGHTLY, CLEAN), List.of(NIGHTLY), SHRINKS),
                new DomainEvent.MergeRequested(
                        OPERATION, 1, DEFINITION, FOLDING, NIGHTLY, SHRINKS, List.of(CLEAN), true),
                new DomainEvent.DiscardRequested(
                        OPERATION,
                        1,
                        DEFINITION,
                        RESTARTING,
                        NIGHTLY,
                        RunState.RUNNING,
                        GROWS,
                        List.of(NIGHTLY),
                        false),
                new DomainEvent.SnapshotDiscarded(OPERATION, NIGHTLY, RunState.RUNNING, GROWS, RUN, List.of(NIGHTLY)),
                new DomainEvent.SnapshotsForgotten(List.of(NIGHTLY, CLEAN), List.of(OVERLAY.file())),
                new DomainEvent.SnapshotDeactivated(NIGHTLY),
                new DomainEvent.UndoRequested(OPERATION, 1, DEFINITION, RESTARTING, OTHER, RunState.RUNNING, GROWS),
                new DomainEvent.CollectionRequested(OPERATION, 1, DEFINITION, FOLDING, OTHER, SHRINKS),
                new DomainEvent.DeletionDeferred(OPERATION, DEFINITION.host(), List.of(NIGHTLY), PIN),
                new DomainEvent.DeletionUndone(OPERATION, RESTORED),
                new DomainEvent.RevertUndone(OPERATION, OTHER, RunState.RUNNING, GROWS, RUN, RESTORED),
                new DomainEvent.PinCollected(OPERATION, OTHER, SHRINKS, RUN),
                new DomainEvent.PinEnded(OPERATION),
                new DomainEvent.SnapshotRedefined(
                        REDEFINED,
                        true,
                        new Adoption(
                                List.of(new Layer(VDA, OVERLAY, Optional.of(BASE.file()), Layer.Origin.ADOPTED)),
                                List.of(new LayerChange.Active(VDA, OVERLAY.file())),
                                List.of(DATA.file()))),
                new DomainEvent.ImportPartReceived("tree-7", 1, 2, List.of("<domainsnapshot/>"), Optional.of(NIGHTLY)),
                new DomainEvent.TreeImported(
                        "tree-7", 2, Optional.of(NIGHTLY), List.of(new LayerChange.Active(VDA, OVERLAY.file()))),
                new DomainEvent.SnapshotMadeCurrent(NIGHTLY, List.of(new LayerChange.Active(VDA, OVERLAY.file()))),
                new DomainEvent.SnapshotDescribed(NIGHTLY, Optional.of("before the update")),
                new DomainEvent.RollbackRequested(OPERATION, 2, DEFINITION, UNDOING),
                new DomainEvent.ResumeRequested(OPERATION, 2, DEFINITION, FOLDING),
                new DomainEvent.SnapshotCreated(OPERATION, INSIDE, GROWS, RUN),
                new DomainEvent.BranchCreated(
                        OPERATION,
                        SNAPSHOT.withMemory(new MemoryCapture.None()),
                        false,
                        RunState.SHUTOFF,
                        LayerChange.NONE,
                        HostRun.NOTHING),
                new DomainEvent.SnapshotReverted(
                        OPERATION, NIGHTLY, RunState.RUNNING, GROWS, RUN, List.of(CLEAN), Optional.of(PIN)),
                new DomainEvent.SnapshotsDeleted(OPERATION, List.of(NIGHTLY, CLEAN), SHRINKS, RUN),
                new DomainEvent.SnapshotMerged(OPERATION, NIGHTLY, SHRINKS, RUN, List.of(CLEAN)),
                new DomainEvent.HostOperationFailed(
                        OPERATION,
                        1,
                        BROKEN,
                        NO_SPACE,
                        List.of(OVERLAY.file()),
                        DomainEvent.HostOperationFailed.Recovery.ROLL_BACK),
                new DomainEvent.OperationStalled(OPERATION, 1),
                new DomainEvent.CancellationRequested(OPERATION, 1, HOST),
                new DomainEvent.OperationCancelled(
                        OPERATION, "the commit of web-1.nightly.qcow2 was cancelled", List.of(NIGHTLY), RUN),
                new DomainEvent.OperationAbandoned(
                        OPERATION,
                        6,
                        HOST,
                        RejectionCode.INTERNAL_ERROR,
                        "given up after 5 attempts",
                        SHRINKS,
                        List.of(CLEAN),
                        List.of(SNAPSHOT),
                        List.of(NIGHTLY),
                        Optional.of(NIGHTLY),
                        List.of(OVERLAY.file(), MEMORY)),
                new DomainEvent.LeftoversKept(
                        OPERATION, HOST, "its goal was reached; 1 file stays", List.of(OVERLAY.file())),
                new DomainEvent.OperationRolledBack(
                        OPERATION, RejectionCode.NO_SPACE, "no space for overlay of vda", HostRun.NOTHING),
                new DomainEvent.OperationNeedsAttention(
                        OPERATION,
                        RejectionCode.INTERNAL_ERROR,
                        "the overlay could not be removed",
                        List.of(OVERLAY.file()),
                        BROKEN),
                new Outcome.CommandDecided(
                        "CreateSnapshot",
                        "/backup",
                        "2026-11-21/web-1",
                        Optional.of("anna"),
                        Optional.of(AT),
                        Optional.of("nightly backup"),
                        "{\"name\":\"nightly\"}",
                        new Outcome.Verdict.Rejected(Rejection.ofOperation(
                                RejectionCode.DOMAIN_BUSY, "domain web-1 is busy; wait for it", OPERATION))),
                new Outcome.CommandRepeated("/backup", "2026-11-21/web-1"));
    }

    private static List<Object> telling() {
        return List.of(
                new OperationProgress(DOMAIN, OPERATION, 1, 2, "commitLayer", 1_073_741_824, 4_294_967_296L, 25, AT));
    }

    private static List<Object> replies() {
        return List.of(
                new Reply.CommandAccepted(
                        Optional.of(OPERATION),
                        List.of(new Reply.EventRef("snapledger.event.SnapshotCreationRequested.v1", 7)),
                        Optional.of(REHEARSAL)),
                new Reply.CommandRejected(Rejection.naming(
                        RejectionCode.WOULD_INVALIDATE,
                        "snapshots \"nightly\" and \"clean install\" would be lost",
                        List.of(NIGHTLY, CLEAN))),
                new Reply.OperationCompleted(OPERATION, Optional.of(NIGHTLY), RUN),
                new Reply.OperationFailed(
                        OPERATION, RejectionCode.NO_SPACE, "no space for overlay of vda", true, List.of()));
    }

    /** Alternatives that no whole message above shows. */
    static List<Object> parts() {
        return List.of(
                new HostResult.Finished(RUN),
                new HostResult.Failed(HostRun.NOTHING, new Failure.Cancelled("the operation was cancelled"), List.of()),
                new HostResult.Refused(RejectionCode.DRIFTED, "vda runs on another file", SEEN),
                new Outcome.Verdict.Accepted(Optional.of(OPERATION), List.of(), Optional.of(REHEARSAL)),
                new HostResult.Refused(
                        RejectionCode.WOULD_INVALIDATE, "others lie on the base", SEEN, List.of(BASE.file())),
                new Step.ReuseOverlay(VDA, OVERLAY, BASE),
                new Step.StreamLayer(VDA, OVERLAY, BASE, Optional.of(qcow2("/srv/images/web-1.deep.qcow2"))),
                new Step.ReturnLayer(VDA, OVERLAY, BASE, Optional.empty()),
                new Step.Freeze(),
                new Step.Thaw(),
                new Step.SaveMemory(MEMORY, Optional.of(Compression.ZSTD), true),
                new Step.MakeMemoryImage(new HostPath("/srv/images/web-1.nightly.mem.qcow2")),
                new Step.MakeTags(List.of(TAG)),
                new Step.RemoveTags(List.of(TAG)),
                new Step.SaveMachine("nightly", BASE.file(), List.of(TAG)),
                new Step.RestoreTags(List.of(TAG)),
                new Step.LoadMachine("nightly", BASE.file(), List.of(TAG), RunState.PAUSED));
    }

    private static Image qcow2(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }
}
