package io.snapledger.command.domain;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CancellationRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.DriftObserved;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.LeftoversReleased;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.PinCollected;
import io.snapledger.schema.domain.DomainEvent.PinEnded;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RevertUndone;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.domain.DomainEvent.SnapshotDescribed;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMadeCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.TagsObserved;
import io.snapledger.schema.domain.DomainEvent.TreeImported;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
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
 * One domain as its events tell it. Immutable and cheap to evolve, whatever the number of its snapshots; may be shared
 * between threads.
 *
 * @param definition empty before the domain is defined and after it is undefined
 * @param runState what the guest was last seen doing; empty until it was seen
 * @param inFlight the one operation that holds the domain now
 * @param importing the parts of a tree that have come so far
 * @param tags what was last seen inside the images
 * @param drift where the host was last seen to be otherwise
 * @param pins what is kept for a while so that it can be taken back
 */
public record DomainState(
        Optional<DomainDefinition> definition,
        Optional<RunState> runState,
        SnapshotTree snapshots,
        LayerGraph layers,
        Optional<InFlight> inFlight,
        Optional<PartialImport> importing,
        ObservedTags tags,
        Pins pins,
        ObservedDrift drift) {
    private static final DomainState NONE = new DomainState(
            Optional.empty(),
            Optional.empty(),
            SnapshotTree.EMPTY,
            LayerGraph.EMPTY,
            Optional.empty(),
            Optional.empty(),
            ObservedTags.NONE,
            Pins.NONE,
            ObservedDrift.NONE);

    /** A domain of which nothing is known. */
    public static DomainState none() {
        return NONE;
    }

    /**
     * The state after the event; the only way a state changes.
     *
     * @throws CannotFollowException when the event cannot follow this state: the log is corrupt
     */
    public DomainState evolve(DomainEvent event) {
        try {
            return next(event);
        } catch (IllegalStateException e) {
            throw new CannotFollowException(this, event, e);
        }
    }

    private DomainState next(DomainEvent event) {
        return switch (event) {
            case DomainDefined e -> defined(e);
            case DomainUpdated e -> updated(e);
            case DomainUndefined _ -> undefined();
            case RunStateObserved e -> seen(e.runState());
            case TagsObserved e -> seen(e);
            case DriftObserved e -> seen(e);
            case LeftoversReleased _, LeftoversKept _ -> this;
            case SnapshotCreationRequested e -> opened(e);
            case BranchRequested e -> opened(e);
            case RevertRequested e -> opened(e).consuming(e.gone());
            case DeletionRequested e -> opened(e).consuming(e.consumed());
            case MergeRequested e -> opened(e).consuming(withOthers(e.snapshot(), e.discarded()));
            case DiscardRequested e -> opened(e).consuming(e.gone());
            case UndoRequested e -> opened(e);
            case CollectionRequested e -> opened(e);
            case RollbackRequested e -> flying(operating(e.operation()).asked(e));
            case ResumeRequested e -> flying(operating(e.operation()).asked(e));
            case SnapshotCreated e -> created(e);
            case BranchCreated e -> branched(e);
            case SnapshotReverted e -> reverted(e);
            case SnapshotsDeleted e -> gone(e.operation(), e.snapshots(), e.layers());
            case SnapshotMerged e -> gone(e.operation(), withOthers(e.snapshot(), e.discarded()), e.layers());
            case SnapshotDiscarded e -> discarded(e);
            case DeletionDeferred e -> deferred(e);
            case DeletionUndone e -> undone(e);
            case RevertUndone e -> undone(e);
            case PinCollected e -> gone(e.operation(), List.of(), e.layers());
            case PinEnded e -> collected(e);
            case SnapshotsForgotten e -> forgotten(e);
            case SnapshotDeactivated e -> deactivated(e);
            case SnapshotRedefined e -> redefined(e);
            case ImportPartReceived e -> received(e);
            case TreeImported e -> imported(e);
            case SnapshotMadeCurrent e -> nowCurrent(Optional.of(e.snapshot()), e.active());
            case SnapshotDescribed e -> described(e);
            case HostOperationFailed e -> flying(operating(e.operation()).failed(e));
            case OperationStalled e -> flying(operating(e.operation()).stalled());
            case CancellationRequested e -> flying(operating(e.operation()).asToCancel());
            case OperationCancelled e -> cancelled(e);
            case OperationAbandoned e -> abandoned(e);
            case OperationRolledBack e -> rolledBack(e.operation());
            case OperationNeedsAttention e -> flying(operating(e.operation()).needsAttention());
        };
    }

    private DomainState defined(DomainDefined event) {
        require(definition.isEmpty(), "the domain is defined already");
        return new DomainState(
                Optional.of(event.definition()),
                Optional.empty(),
                SnapshotTree.EMPTY,
                LayerGraph.of(event.definition().disks()),
                Optional.empty(),
                Optional.empty(),
                ObservedTags.NONE,
                Pins.NONE,
                ObservedDrift.NONE);
    }

    private DomainState updated(DomainUpdated event) {
        requireIdle();
        return new DomainState(
                Optional.of(event.definition()),
                runState,
                snapshots,
                layers.defined(event.definition().disks()).activeOwnedBy(snapshots.current()),
                inFlight,
                importing,
                tags,
                pins,
                drift);
    }

    private DomainState undefined() {
        requireDefined();
        require(inFlight.isEmpty(), "an operation is in flight");
        return NONE;
    }

    private DomainState seen(TagsObserved event) {
        requireDefined();
        return with(tags.after(event));
    }

    private DomainState seen(DriftObserved event) {
        requireDefined();
        return with(drift.after(event));
    }

    private DomainState seen(RunState state) {
        requireDefined();
        return running(state);
    }

    /** An opening follows nothing, or the same operation whose plan the host refused, or repeats itself. */
    private DomainState opened(Opening event) {
        requireDefined();
        require(
                inFlight.isEmpty() || inFlight.get().operation().equals(event.operation()),
                "another operation is in flight");
        require(
                inFlight.stream()
                        .allMatch(o -> o.attempt() < event.attempt() || o.work().equals(event)),
                "a later attempt was asked for");
        InFlight now = inFlight.isPresent() && inFlight.get().work().equals(event)
                ? inFlight.get().asked(event)
                : InFlight.opened(event);
        return with(snapshots.withNoneConsumed()).flying(now);
    }

    private DomainState consuming(List<SnapshotName> names) {
        return with(snapshots.withConsumed(names));
    }

    private DomainState created(SnapshotCreated event) {
        RunState verified =
                operating(event.operation()).opening().plan().assumes().runState();
        SnapshotName name = event.snapshot().name();
        return ended(
                verified,
                snapshots.with(event.snapshot()).withCurrent(name),
                layers.after(event.layers()).held(event.snapshot()),
                pins);
    }

    private DomainState branched(BranchCreated event) {
        operating(event.operation());
        SnapshotName name = event.snapshot().name();
        SnapshotTree grown = snapshots.with(event.snapshot());
        LayerGraph graph = layers.after(event.layers()).held(event.snapshot());
        for (var layer : event.layers().made()) {
            graph = graph.ownedBy(Optional.of(name), layer.file());
        }
        return ended(event.runState(), event.current() ? grown.withCurrent(name) : grown, graph, pins);
    }

    private DomainState reverted(SnapshotReverted event) {
        InFlight operation = operating(event.operation());
        if (event.pin().isPresent()) {
            return revertedPinned(event, operation.opening(), event.pin().get());
        }
        return without(event.runState(), snapshots.withCurrent(event.snapshot()), event.gone(), event.layers());
    }

    /** What a revert leaves is kept; what it leaves as a second tip of one snapshot is nobody's until then. */
    private DomainState revertedPinned(SnapshotReverted event, Opening opening, Pin pin) {
        List<Active> before = layers.activeOnes();
        SettingAside aside =
                new SettingAside(snapshots.withCurrent(event.snapshot()), layers.after(event.layers()), event.gone());
        Set<HostPath> now = new HashSet<>();
        event.layers().made().forEach(l -> now.add(l.file()));
        aside.graph().leftTipOf(event.snapshot()).stream()
                .filter(l -> !now.contains(l.file()) && pin.files().contains(l.file()))
                .forEach(aside::disown);
        Pins.Left left = new Pins.Left(
                definition.orElseThrow(),
                opening.plan().assumes().runState(),
                before,
                event.layers().made().stream().map(Layer::file).toList());
        return ended(
                event.runState(),
                aside.tree(),
                aside.graph(),
                pins.without(event.layers().unpinned()).with(kept(event.operation(), pin, aside, Optional.of(left))));
    }

    private Pins.Kept kept(OperationId operation, Pin pin, SettingAside aside, Optional<Pins.Left> left) {
        return new Pins.Kept(
                operation,
                pin,
                aside.snapshots(),
                aside.moved(),
                aside.owners(),
                snapshots.current(),
                aside.tree().current(),
                left);
    }

    private DomainState deferred(DeletionDeferred event) {
        requireIdle();
        SettingAside aside = new SettingAside(snapshots, layers, event.snapshots());
        return with(aside.tree(), aside.graph())
                .with(pins.with(kept(event.operation(), event.pin(), aside, Optional.empty())));
    }

    private DomainState undone(DeletionUndone event) {
        requireIdle();
        Pins.Kept kept = pins.existing(event.undone());
        SnapshotTree tree = SettingAside.back(snapshots, event.restored());
        return with(tree, SettingAside.back(layers, tree, event.restored(), kept.owners()))
                .with(pins.without(List.of(event.undone())));
    }

    private DomainState undone(RevertUndone event) {
        operating(event.operation());
        Pins.Kept kept = pins.existing(event.undone());
        SnapshotTree tree = SettingAside.back(snapshots, event.restored());
        LayerGraph graph = SettingAside.back(layers.after(event.layers()), tree, event.restored(), kept.owners());
        return ended(event.runState(), tree, graph, pins.without(event.layers().unpinned()));
    }

    private DomainState collected(PinEnded event) {
        requireIdle();
        return with(pins.without(List.of(event.collected())));
    }

    private DomainState discarded(SnapshotDiscarded event) {
        operating(event.operation());
        return without(event.runState(), snapshots, event.gone(), event.layers());
    }

    private DomainState gone(OperationId operation, List<SnapshotName> names, LayerChange change) {
        RunState verified = operating(operation).opening().plan().assumes().runState();
        return without(verified, snapshots, names, change);
    }

    private DomainState without(RunState now, SnapshotTree before, List<SnapshotName> names, LayerChange change) {
        SnapshotTree tree = before;
        LayerGraph graph = layers;
        for (SnapshotName name : names) {
            graph = graph.released(tree.existing(name));
        }
        tree = renamed(tree, graph, change.folded());
        graph = graph.after(change);
        ObservedTags left = tags;
        for (SnapshotName name : names) {
            Snapshot snapshot = tree.existing(name);
            graph = graph.inherited(name, snapshot.parent());
            left = left.without(snapshot);
            tree = tree.without(name);
        }
        return ended(now, tree, graph, pins.without(change.unpinned())).with(left);
    }

    /** Snapshots whose state was a folded layer have it in the layer below from now on. */
    static SnapshotTree renamed(SnapshotTree tree, LayerGraph graph, List<Fold> folds) {
        Map<HostPath, HostPath> into = new HashMap<>();
        Set<SnapshotName> users = new HashSet<>();
        for (Fold fold : folds) {
            into.put(fold.top(), fold.base());
            users.addAll(graph.usersOf(fold.top()));
        }
        SnapshotTree renamed = tree;
        for (SnapshotName user : users) {
            renamed = renamed.changed(user, s -> rebased(s, into));
        }
        return renamed;
    }

    private static Snapshot rebased(Snapshot snapshot, Map<HostPath, HostPath> into) {
        return snapshot.withDisks(snapshot.disks().stream()
                .map(d -> d instanceof DiskCapture.External e && into.containsKey(e.base())
                        ? new DiskCapture.External(e.target(), lowest(e.base(), into), e.file(), e.format())
                        : d)
                .toList());
    }

    private static HostPath lowest(HostPath file, Map<HostPath, HostPath> into) {
        HostPath next = file;
        while (into.containsKey(next)) {
            next = into.getOrDefault(next, next);
        }
        return next;
    }

    private DomainState forgotten(SnapshotsForgotten event) {
        requireIdle();
        SnapshotTree tree = snapshots;
        LayerGraph graph = layers;
        Set<HostPath> memories = new HashSet<>();
        for (SnapshotName name : event.snapshots()) {
            Snapshot snapshot = tree.existing(name);
            graph.memoryFileOf(snapshot).ifPresent(memories::add);
            graph = graph.forgotten(snapshot).inherited(name, snapshot.parent());
            tree = tree.without(name);
        }
        for (HostPath file : event.released()) {
            graph = graph.left(file);
        }
        for (HostPath memory : memories) {
            for (SnapshotName user : graph.memoryUsersOf(memory)) {
                tree = tree.changed(user, Snapshot::withMemoryAdopted);
            }
        }
        return with(tree, graph).with(pins.changed(memories, kept -> leaving(memories, kept)));
    }

    /** A memory that is left to the user with one record stays also when the others that share it go. */
    private Snapshot leaving(Set<HostPath> memories, Snapshot snapshot) {
        boolean left = layers.memoryFileOf(snapshot).filter(memories::contains).isPresent();
        return left ? snapshot.withMemoryAdopted() : snapshot;
    }

    private DomainState deactivated(SnapshotDeactivated event) {
        requireIdle();
        require(
                snapshots.current().equals(Optional.of(event.snapshot())),
                "snapshot " + event.snapshot() + " is not current");
        return with(snapshots.withNoneCurrent(), layers);
    }

    private DomainState redefined(SnapshotRedefined event) {
        requireIdle();
        Snapshot snapshot = event.snapshot();
        SnapshotName name = snapshot.name();
        Optional<Snapshot> before = snapshots.find(name);
        LayerGraph graph = before.map(layers::released)
                .orElse(layers)
                .adopted(event.adopted())
                .held(snapshot);
        for (Layer layer : event.adopted().layers()) {
            boolean overlay = snapshot.externalDisks().anyMatch(d -> d.file().equals(layer.file()));
            if (overlay && layers.find(layer.file()).isEmpty()) {
                graph = graph.ownedBy(Optional.of(name), layer.file());
            }
        }
        SnapshotTree tree = before.isPresent() ? snapshots.replaced(snapshot) : snapshots.with(snapshot);
        return activeKnown(
                event.current() ? tree.withCurrent(name) : tree,
                graph,
                event.adopted().active());
    }

    private DomainState received(ImportPartReceived event) {
        requireDefined();
        return importing(Optional.of(importing
                .filter(i -> i.importId().equals(event.importId()))
                .orElseGet(() -> PartialImport.begun(event.importId(), event.of()))
                .with(event)));
    }

    private DomainState imported(TreeImported event) {
        return nowCurrent(event.current().or(snapshots::current), event.active())
                .importing(Optional.empty());
    }

    private DomainState nowCurrent(Optional<SnapshotName> current, List<Active> active) {
        requireIdle();
        LayerGraph graph = layers.adopted(new Adoption(List.of(), active, List.of()));
        return activeKnown(current.map(snapshots::withCurrent).orElse(snapshots), graph, active);
    }

    /** A layer that was taken for active, and is not, is the tip of the snapshot that it is the overlay of. */
    private DomainState activeKnown(SnapshotTree tree, LayerGraph graph, List<Active> active) {
        LayerGraph owned = graph;
        for (Active one : active) {
            HostPath before = layers.active(one.target()).file();
            if (!before.equals(one.file()) && graph.isChildless(before)) {
                owned = owned.ownedBy(overlayOf(tree, before), before);
            }
        }
        return with(tree, owned);
    }

    private static Optional<SnapshotName> overlayOf(SnapshotTree tree, HostPath file) {
        return tree.all().stream()
                .filter(s -> s.externalDisks().anyMatch(d -> d.file().equals(file)))
                .map(Snapshot::name)
                .findFirst();
    }

    private DomainState described(SnapshotDescribed event) {
        requireDefined();
        return with(snapshots.changed(event.snapshot(), s -> s.withDescription(event.description())));
    }

    private static List<SnapshotName> withOthers(SnapshotName one, List<SnapshotName> others) {
        List<SnapshotName> all = new ArrayList<>(others);
        all.add(one);
        return all;
    }

    private DomainState cancelled(OperationCancelled event) {
        operating(event.operation());
        return with(snapshots.withNoneConsumed().withSpoilt(event.consumed())).landed();
    }

    private DomainState abandoned(OperationAbandoned event) {
        operating(event.operation());
        GivenUp after = GivenUp.after(snapshots, layers, event);
        ObservedTags seen = tags;
        for (SnapshotName name : event.gone()) {
            seen = seen.without(snapshots.existing(name));
        }
        return new DomainState(
                definition,
                runState,
                after.tree(),
                after.graph(),
                Optional.empty(),
                importing,
                seen,
                pins.without(event.layers().unpinned()),
                drift);
    }

    private DomainState rolledBack(OperationId operation) {
        operating(operation);
        return with(snapshots.withNoneConsumed()).landed();
    }

    private DomainState ended(RunState state, SnapshotTree tree, LayerGraph graph, Pins kept) {
        return with(tree, graph).with(kept).running(state).landed();
    }

    private DomainState with(SnapshotTree other) {
        return new DomainState(definition, runState, other, layers, inFlight, importing, tags, pins, drift);
    }

    /** What is active belongs to what is current. */
    private DomainState with(SnapshotTree tree, LayerGraph graph) {
        LayerGraph owned = graph.activeOwnedBy(tree.current());
        return new DomainState(definition, runState, tree, owned, inFlight, importing, tags, pins, drift);
    }

    private DomainState with(ObservedTags other) {
        return new DomainState(definition, runState, snapshots, layers, inFlight, importing, other, pins, drift);
    }

    private DomainState with(Pins other) {
        return new DomainState(definition, runState, snapshots, layers, inFlight, importing, tags, other, drift);
    }

    private DomainState with(ObservedDrift other) {
        return new DomainState(definition, runState, snapshots, layers, inFlight, importing, tags, pins, other);
    }

    private DomainState running(RunState state) {
        return new DomainState(
                definition, Optional.of(state), snapshots, layers, inFlight, importing, tags, pins, drift);
    }

    private DomainState importing(Optional<PartialImport> parts) {
        return new DomainState(definition, runState, snapshots, layers, inFlight, parts, tags, pins, drift);
    }

    private DomainState flying(InFlight operation) {
        return inFlight(Optional.of(operation));
    }

    private DomainState landed() {
        return inFlight(Optional.empty());
    }

    private DomainState inFlight(Optional<InFlight> operation) {
        return new DomainState(definition, runState, snapshots, layers, operation, importing, tags, pins, drift);
    }

    private InFlight operating(OperationId operation) {
        return inFlight.filter(o -> o.operation().equals(operation))
                .orElseThrow(() -> new IllegalStateException("operation " + operation + " is not in flight"));
    }

    private void requireIdle() {
        requireDefined();
        require(inFlight.isEmpty(), "an operation is in flight");
    }

    private void requireDefined() {
        require(definition.isPresent(), "the domain is not defined");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }
}
