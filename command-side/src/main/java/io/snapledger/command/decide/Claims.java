package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.CancellationRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.DriftObserved;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.LeftoversReleased;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.PinCollected;
import io.snapledger.schema.domain.DomainEvent.PinEnded;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertUndone;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.domain.DomainEvent.SnapshotDescribed;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMadeCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.domain.DomainEvent.TagsObserved;
import io.snapledger.schema.domain.DomainEvent.TreeImported;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an event claims for its domain against all others, and what it gives back. A file is claimed before the host is
 * asked to make it, and given back when the operation that made it is rolled back or the ledger refers to it no more. A
 * domain's claim of what it has already is no conflict.
 */
public final class Claims {
    private Claims() {}

    /** What must be the domain's own before the event may be stored. */
    public static Set<Claim> claimedBy(DomainEvent event) {
        return switch (event) {
            case DomainDefined e -> defined(e.definition());
            case DomainUpdated e -> defined(e.definition());
            case Opening e -> made(e);
            case SnapshotRedefined e -> adopted(e);
            case DomainUndefined _,
                    RunStateObserved _,
                    TagsObserved _,
                    DriftObserved _,
                    LeftoversReleased _,
                    LeftoversKept _,
                    ImportPartReceived _,
                    TreeImported _,
                    SnapshotMadeCurrent _,
                    SnapshotDescribed _,
                    RollbackRequested _,
                    ResumeRequested _,
                    Success _,
                    DeletionDeferred _,
                    DeletionUndone _,
                    PinEnded _,
                    HostOperationFailed _,
                    OperationStalled _,
                    CancellationRequested _,
                    OperationCancelled _,
                    OperationAbandoned _,
                    OperationRolledBack _,
                    SnapshotsForgotten _,
                    SnapshotDeactivated _,
                    OperationNeedsAttention _ -> Set.of();
        };
    }

    /** What others may have once the event is stored; {@code before} is the state that the event follows. */
    public static Set<Claim> releasedBy(DomainState before, DomainEvent event) {
        return switch (event) {
            case DomainUndefined _ -> everything(before);
            case DomainUpdated e ->
                before.definition()
                        .map(d -> without(defined(d), defined(e.definition())))
                        .orElse(Set.of());
            case Opening e -> without(inFlight(before), made(e));
            case SnapshotCreated e -> gone(before, e, List.of());
            case BranchCreated e -> gone(before, e, List.of());
            case SnapshotReverted e -> gone(before, e, e.pin().isPresent() ? List.of() : e.gone());
            case RevertUndone e -> gone(before, e, List.of());
            case PinCollected e -> gone(before, e, List.of());
            case SnapshotDiscarded e -> gone(before, e, e.gone());
            case SnapshotsForgotten e -> memories(before, e.snapshots(), List.of());
            case PinEnded e -> memories(before, List.of(), List.of(e.collected()));
            case SnapshotsDeleted e -> gone(before, e, e.snapshots());
            case SnapshotMerged e ->
                gone(
                        before,
                        e,
                        Stream.concat(e.discarded().stream(), Stream.of(e.snapshot()))
                                .toList());
            case OperationRolledBack _, OperationCancelled _ -> inFlight(before);
            case OperationAbandoned e -> givenUp(before, e);
            case DomainDefined _,
                    RunStateObserved _,
                    TagsObserved _,
                    DriftObserved _,
                    LeftoversReleased _,
                    LeftoversKept _,
                    SnapshotRedefined _,
                    ImportPartReceived _,
                    DeletionDeferred _,
                    DeletionUndone _,
                    TreeImported _,
                    SnapshotMadeCurrent _,
                    SnapshotDescribed _,
                    RollbackRequested _,
                    ResumeRequested _,
                    HostOperationFailed _,
                    OperationStalled _,
                    CancellationRequested _,
                    SnapshotDeactivated _,
                    OperationNeedsAttention _ -> Set.of();
        };
    }

    /** The files that a plan makes, or takes into use. */
    public static Set<HostPath> filesMadeBy(Plan plan) {
        return plan.steps().stream().flatMap(Claims::filesMadeBy).collect(Collectors.toUnmodifiableSet());
    }

    private static Stream<HostPath> filesMadeBy(Step step) {
        return switch (step) {
            case Step.MakeOverlay s -> Stream.of(s.overlay().file());
            case Step.SaveMemory s -> Stream.of(s.file());
            case Step.CriticalSection s -> s.steps().stream().flatMap(Claims::filesMadeBy);
            case Step.ReuseOverlay s -> Stream.of(s.overlay().file());
            case Step.MakeMemoryImage s -> Stream.of(s.file());
            case Step.SwitchActive _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.MakeTags _,
                    Step.RemoveTags _,
                    Step.RestoreTags _,
                    Step.LoadMachine _,
                    Step.SaveMachine _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.StartGuest _,
                    Step.RemoveFile _ -> Stream.of();
        };
    }

    private static Set<Claim> defined(DomainDefinition definition) {
        HostName host = definition.host();
        Set<Claim> claims = new HashSet<>();
        definition.disks().stream()
                .map(d -> d.readOnly() ? new Claim.SharedFile(host, d.file()) : new Claim.File(host, d.file()))
                .forEach(claims::add);
        Stream.of(definition.qmpSocket(), definition.guestAgentSocket())
                .flatMap(Optional::stream)
                .map(s -> new Claim.File(host, s))
                .forEach(claims::add);
        claims.add(new Claim.Name(definition.name()));
        return Set.copyOf(claims);
    }

    private static Set<Claim> made(Opening event) {
        return files(event.definition().host(), filesMadeBy(event.plan()));
    }

    private static Set<Claim> adopted(SnapshotRedefined event) {
        Set<HostPath> files = new HashSet<>();
        event.adopted().layers().forEach(l -> files.add(l.file()));
        switch (event.snapshot().memory()) {
            case MemoryCapture.None _ -> {}
            case MemoryCapture.Internal m -> files.add(m.file());
            case MemoryCapture.External m -> files.add(m.file());
        }
        return files(event.snapshot().definition().host(), files);
    }

    private static Set<Claim> inFlight(DomainState state) {
        return state.inFlight().map(InFlight::opening).map(Claims::made).orElse(Set.of());
    }

    /** What it would have made and did not, and what is gone: the files that the domain has no more. */
    private static Set<Claim> givenUp(DomainState before, OperationAbandoned event) {
        Set<HostPath> files = allFiles(before);
        before.inFlight().ifPresent(o -> files.addAll(filesMadeBy(o.opening().plan())));
        files.removeAll(allFiles(before.evolve(event)));
        return files(event.host(), files);
    }

    /** The layers that are no more, and the memories that nobody else shares. */
    private static Set<Claim> gone(DomainState before, Success event, List<SnapshotName> snapshots) {
        Set<HostPath> files = new HashSet<>(event.layers().dropped());
        event.layers().folded().forEach(f -> files.add(f.top()));
        List<OperationId> ended =
                event instanceof RevertUndone ? List.of() : event.layers().unpinned();
        files.addAll(memoryFiles(before, snapshots, ended));
        return before.definition().map(d -> files(d.host(), files)).orElse(Set.of());
    }

    private static Set<Claim> memories(DomainState before, List<SnapshotName> snapshots, List<OperationId> ended) {
        Set<HostPath> files = memoryFiles(before, snapshots, ended);
        return before.definition().map(d -> files(d.host(), files)).orElse(Set.of());
    }

    /** Those that only the snapshots have, and what the ended operations kept. */
    private static Set<HostPath> memoryFiles(
            DomainState before, List<SnapshotName> snapshots, List<OperationId> ended) {
        Stream<Snapshot> going = snapshots.stream().flatMap(n -> before.snapshots().find(n).stream());
        Stream<Snapshot> unpinned =
                ended.stream().flatMap(o -> before.pins().find(o).stream()).flatMap(k -> k.snapshots().stream());
        return Stream.concat(going, unpinned)
                .flatMap(s -> before.layers().memoryFileOf(s).stream())
                .filter(f -> snapshots.containsAll(before.layers().memoryUsersOf(f))
                        && !before.pins().hasBut(f, ended))
                .collect(Collectors.toSet());
    }

    private static Set<Claim> everything(DomainState state) {
        return state.definition()
                .map(d -> {
                    Set<HostPath> others = allFiles(state);
                    d.disks().stream().filter(Disk::readOnly).map(Disk::file).forEach(others::remove);
                    return Stream.concat(files(d.host(), others).stream(), defined(d).stream())
                            .collect(Collectors.<Claim>toUnmodifiableSet());
                })
                .orElse(Set.of());
    }

    private static Set<HostPath> allFiles(DomainState state) {
        Set<HostPath> files = new HashSet<>(state.layers().files());
        state.pins().all().forEach(k -> files.addAll(k.files()));
        return files;
    }

    private static Set<Claim> files(HostName host, Iterable<HostPath> paths) {
        Set<Claim> claims = new HashSet<>();
        paths.forEach(p -> claims.add(new Claim.File(host, p)));
        return Set.copyOf(claims);
    }

    private static Set<Claim> without(Set<Claim> some, Set<Claim> others) {
        return some.stream().filter(c -> !others.contains(c)).collect(Collectors.toUnmodifiableSet());
    }
}
