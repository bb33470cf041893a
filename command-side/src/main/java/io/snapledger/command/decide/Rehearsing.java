package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rehearsal.Depth;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the events of a decision would come to, if the host did all that they ask for: told of a copy of the state. */
public final class Rehearsing {
    /** Of a host that has done everything; the memory in it is never looked at. */
    private static final HostRun FINE = new HostRun(
            List.of(new StepOutcome.Done(0, 0, Optional.of(new SavedMemory(0, "")))),
            Optional.empty(),
            Optional.empty());

    private Rehearsing() {}

    /** @param events what was decided in that state and is not stored */
    public static Rehearsal of(DomainState before, List<DomainEvent> events) {
        DomainState decided = before;
        for (DomainEvent event : events) {
            decided = decided.evolve(event);
        }
        List<HostWork> work = events.stream()
                .filter(HostWork.class::isInstance)
                .map(HostWork.class::cast)
                .toList();
        DomainState after = work.isEmpty() ? decided : done(decided, work.getLast());
        List<Step> steps = work.stream().flatMap(w -> w.plan().steps().stream()).toList();
        return new Rehearsal(
                steps,
                steps.stream()
                        .flatMap(s -> s.reverse().stream())
                        .flatMap(Rehearsing::removed)
                        .distinct()
                        .toList(),
                steps.stream().flatMap(Rehearsing::removed).distinct().toList(),
                lost(before, after),
                work.stream()
                        .filter(Opening.class::isInstance)
                        .flatMap(w -> ((Opening) w).layers().dropped().stream())
                        .toList(),
                depth(after));
    }

    private static DomainState done(DomainState decided, HostWork work) {
        return switch (work) {
            case Opening _, ResumeRequested _ ->
                succeeded(decided, decided.inFlight().orElseThrow());
            case RollbackRequested _ -> decided;
        };
    }

    private static DomainState succeeded(DomainState decided, InFlight operation) {
        DomainState after = decided;
        for (DomainEvent event : Succeeding.events(operation, decided, FINE)) {
            after = after.evolve(event);
        }
        return after;
    }

    private static Stream<HostPath> removed(Step step) {
        return switch (step) {
            case Step.RemoveFile s -> Stream.of(s.file());
            case Step.CriticalSection s -> s.steps().stream().flatMap(Rehearsing::removed);
            case Step.MakeOverlay _,
                    Step.ReuseOverlay _,
                    Step.SaveMemory _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.SwitchActive _,
                    Step.MakeTags _,
                    Step.RemoveTags _,
                    Step.RestoreTags _,
                    Step.LoadMachine _,
                    Step.MakeMemoryImage _,
                    Step.SaveMachine _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.StartGuest _ -> Stream.of();
        };
    }

    private static List<SnapshotName> lost(DomainState before, DomainState after) {
        return before.snapshots().all().stream()
                .map(Snapshot::name)
                .filter(n -> !after.snapshots().has(n))
                .sorted()
                .toList();
    }

    private static List<Depth> depth(DomainState after) {
        return after.definition().stream()
                .flatMap(d -> d.disks().stream())
                .map(d -> new Depth(d.target(), after.layers().chain(d).layers().size()))
                .toList();
    }
}
