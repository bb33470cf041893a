package io.snapledger.command.domain;

import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * One domain as its events tell it. Immutable and cheap to evolve, whatever the number of its snapshots; may be shared
 * between threads.
 *
 * @param definition empty before the domain is defined and after it is undefined
 * @param runState what the guest was last seen doing; empty until it was seen
 * @param inFlight the one operation that holds the domain now
 */
public record DomainState(
        Optional<DomainDefinition> definition,
        Optional<RunState> runState,
        SnapshotTree snapshots,
        LayerGraph layers,
        Optional<InFlight> inFlight) {
    private static final DomainState NONE =
            new DomainState(Optional.empty(), Optional.empty(), SnapshotTree.EMPTY, LayerGraph.EMPTY, Optional.empty());

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
            case DomainUndefined _ -> undefined();
            case RunStateObserved e -> seen(e.runState());
            case SnapshotCreationRequested e -> opened(e);
            case BranchRequested e -> opened(e);
            case RevertRequested e -> opened(e);
            case DeletionRequested e -> opened(e).consuming(e.consumed());
            case MergeRequested e -> opened(e).consuming(List.of(e.snapshot()));
            case RollbackRequested e -> flying(operating(e.operation()).asked(e));
            case ResumeRequested e -> flying(operating(e.operation()).asked(e));
            case SnapshotCreated e -> created(e);
            case BranchCreated e -> branched(e);
            case SnapshotReverted e -> reverted(e);
            case SnapshotsDeleted e -> gone(e.operation(), e.snapshots(), e.layers());
            case SnapshotMerged e -> gone(e.operation(), List.of(e.snapshot()), e.layers());
            case HostOperationFailed e -> flying(operating(e.operation()).failed(e));
            case OperationStalled e -> flying(operating(e.operation()).stalled());
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
                Optional.empty());
    }

    private DomainState undefined() {
        requireDefined();
        require(inFlight.isEmpty(), "an operation is in flight");
        return NONE;
    }

    private DomainState seen(RunState state) {
        requireDefined();
        return new DomainState(definition, Optional.of(state), snapshots, layers, inFlight);
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
        return flying(now);
    }

    private DomainState consuming(List<SnapshotName> names) {
        return new DomainState(definition, runState, snapshots.withConsumed(names), layers, inFlight);
    }

    private DomainState created(SnapshotCreated event) {
        RunState verified =
                operating(event.operation()).opening().plan().assumes().runState();
        SnapshotName name = event.snapshot().name();
        return ended(
                verified,
                snapshots.with(event.snapshot()).withCurrent(name),
                layers.after(event.layers()).held(event.snapshot()));
    }

    private DomainState branched(BranchCreated event) {
        operating(event.operation());
        SnapshotName name = event.snapshot().name();
        SnapshotTree grown = snapshots.with(event.snapshot());
        LayerGraph graph = layers.after(event.layers()).held(event.snapshot());
        for (var layer : event.layers().made()) {
            graph = graph.ownedBy(Optional.of(name), layer.file());
        }
        return ended(event.runState(), event.current() ? grown.withCurrent(name) : grown, graph);
    }

    private DomainState reverted(SnapshotReverted event) {
        operating(event.operation());
        return ended(event.runState(), snapshots.withCurrent(event.snapshot()), layers.after(event.layers()));
    }

    private DomainState gone(OperationId operation, List<SnapshotName> names, LayerChange change) {
        RunState verified = operating(operation).opening().plan().assumes().runState();
        SnapshotTree tree = snapshots;
        LayerGraph graph = layers;
        for (SnapshotName name : names) {
            graph = graph.released(tree.existing(name));
        }
        graph = graph.after(new LayerChange(change.made(), List.of(), change.dropped(), change.active()));
        for (Fold fold : change.folded()) {
            tree = renamed(tree, graph, names, fold);
            graph = graph.after(new LayerChange(List.of(), List.of(fold), List.of(), List.of()));
        }
        for (SnapshotName name : names) {
            graph = graph.inherited(name, tree.existing(name).parent());
            tree = tree.without(name);
        }
        return ended(verified, tree, graph);
    }

    /** Snapshots whose state was the folded layer have it in the layer below from now on. */
    private static SnapshotTree renamed(SnapshotTree tree, LayerGraph graph, List<SnapshotName> gone, Fold fold) {
        SnapshotTree renamed = tree;
        for (SnapshotName user : graph.usersOf(fold.top())) {
            if (!gone.contains(user)) {
                renamed = renamed.changed(user, s -> rebased(s, fold));
            }
        }
        return renamed;
    }

    private static Snapshot rebased(Snapshot snapshot, Fold fold) {
        return snapshot.withDisks(snapshot.disks().stream()
                .map(d -> d instanceof DiskCapture.External e && e.base().equals(fold.top())
                        ? new DiskCapture.External(e.target(), fold.base(), e.file(), e.format())
                        : d)
                .toList());
    }

    private DomainState rolledBack(OperationId operation) {
        operating(operation);
        return new DomainState(definition, runState, snapshots.withNoneConsumed(), layers, Optional.empty());
    }

    private DomainState ended(RunState state, SnapshotTree tree, LayerGraph graph) {
        return new DomainState(
                definition, Optional.of(state), tree, graph.activeOwnedBy(tree.current()), Optional.empty());
    }

    private DomainState flying(InFlight operation) {
        return new DomainState(definition, runState, snapshots, layers, Optional.of(operation));
    }

    private InFlight operating(OperationId operation) {
        return inFlight.filter(o -> o.operation().equals(operation))
                .orElseThrow(() -> new IllegalStateException("operation " + operation + " is not in flight"));
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
