package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.Pins;
import io.snapledger.command.model.Expected;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A domain whose commands, host and faults all follow from a seed. */
final class Simulation {
    private static final DomainDefinition DEFINITION = Defined.domain(
            Defined.qcow2("vda", "/images/a.qcow2"),
            Defined.raw("vdb", "/images/b.img"),
            Defined.readOnly("vdc", "/images/c.iso"));
    private static final Duration UNDO_TIME = Duration.ofSeconds(40);

    private final Duration undoTime;
    private Facts facts;

    private final Random random;
    private final RandomCommands commands;

    /** Of its own, so that the commands stay what they are without it. */
    private final Random elsewhere;

    private final SimulatedHost host = new SimulatedHost(DEFINITION);
    private final Expected<List<Integer>> expected = new Expected<>();
    private final Map<HostPath, List<Integer>> released = new HashMap<>();
    private final Map<HostPath, List<Integer>> shared = new TreeMap<>();
    private final Set<HostPath> left = new HashSet<>();
    private final Map<HostPath, Set<String>> usersTags = new TreeMap<>();
    final Set<String> ways = new TreeSet<>();
    final Map<String, Integer> endings = new TreeMap<>();
    private final Map<RejectionCode, Integer> rejections = new EnumMap<>(RejectionCode.class);
    private DomainState state = DomainState.none().evolve(new DomainDefined(DEFINITION));
    private final Set<Claim> claims = new HashSet<>(Claims.claimedBy(new DomainDefined(DEFINITION)));
    private long operations;
    private boolean cursed;
    private boolean looking;

    Simulation(long seed) {
        random = new Random(seed);
        commands = new RandomCommands(random);
        elsewhere = new Random(~seed);
        undoTime = seed % 2 == 0 ? UNDO_TIME : Duration.ZERO;
        facts = facts(false);
    }

    private Facts facts(boolean silent) {
        return Facts.of(Optional.of(new HostFacts(Defined.host(), silent))).undoableFor(undoTime);
    }

    @Override
    public String toString() {
        return endings + " " + rejections + " snapshots " + state.snapshots().size();
    }

    void step(int number) {
        host.guestWrites(random);
        maybePower();
        host.guestWrites(random);
        others();
        DomainCommand command = commands.next(state);
        String before = picture();
        try {
            put(command);
            check();
            collect();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("command " + number + ": " + command + before, e);
        }
    }

    /** The state before a command, for whoever must find out why it went wrong. */
    private String picture() {
        StringBuilder text = new StringBuilder("\ncurrent " + state.snapshots().current());
        state.snapshots()
                .all()
                .forEach(s -> text.append("\n  ")
                        .append(s.name())
                        .append(" of ")
                        .append(s.parent())
                        .append(' ')
                        .append(s.disks()));
        state.layers()
                .all()
                .forEach(l -> text.append("\n  ")
                        .append(l.file())
                        .append(" on ")
                        .append(l.backing())
                        .append(" owner ")
                        .append(state.layers().ownerOf(l.file()))
                        .append(" users ")
                        .append(state.layers().usersOf(l.file()))
                        .append(" tags ")
                        .append(state.layers().taggedBy(l.file()))
                        .append(state.layers().isActive(l) ? " active" : ""));
        state.pins()
                .all()
                .forEach(k -> text.append("\n  pin ")
                        .append(k.operation())
                        .append(' ')
                        .append(k.files())
                        .append(" of ")
                        .append(k.snapshots().stream().map(Snapshot::name).toList())
                        .append(" owners ")
                        .append(k.owners()));
        return text.toString();
    }

    /** Some of what is over; a word that comes too early, or again, changes nothing. */
    private void collect() {
        for (Pins.Kept kept : List.copyOf(state.pins().all())) {
            if (random.nextInt(8) == 0) {
                put(new CollectPin(kept.operation(), 1));
                check();
            }
        }
    }

    private void maybePower() {
        if (random.nextInt(6) == 0) {
            RunState[] states = {RunState.RUNNING, RunState.PAUSED, RunState.SHUTOFF};
            RunState next = states[random.nextInt(states.length)];
            if (next.online() != host.runState().online() || !next.online()) {
                host.power(next, active());
            }
        }
        if (random.nextInt(3) == 0) {
            decide(new ReportDomainState(Defined.HOST, 7, seen()));
        }
    }

    /** Another domain comes to lie on a layer that nobody writes, or goes; it is lost when that layer is written again. */
    private void others() {
        if (elsewhere.nextInt(12) == 0) {
            List<Layer> still = state.layers().all().stream()
                    .filter(l -> !state.layers().isActive(l))
                    .sorted(java.util.Comparator.comparing(Layer::file))
                    .toList();
            if (!still.isEmpty()) {
                HostPath file = still.get(elsewhere.nextInt(still.size())).file();
                shared.put(file, host.read(file));
            }
        }
        if (elsewhere.nextInt(20) == 0 && !shared.isEmpty()) {
            shared.remove(shared.keySet().iterator().next());
        }
    }

    private List<HostPath> harmed(Step step) {
        return switch (step) {
            case Step.CommitLayer s ->
                Stream.of(s.top().file(), s.base().file())
                        .filter(shared::containsKey)
                        .toList();
            case Step.RemoveFile s ->
                Stream.of(s.file()).filter(shared::containsKey).toList();
            default -> List.of();
        };
    }

    private void put(DomainCommand command) {
        Map<DiskTarget, List<Integer>> before = contents();
        Set<HostPath> filesBefore = host.files();
        List<DomainEvent> events = decide(command);
        events.forEach(this::noted);
        if (state.inFlight().isEmpty()) {
            return;
        }
        cursed = random.nextInt(20) == 0;
        Optional<DomainEvent> end = carryThrough(before);
        cursed = false;
        endings.merge(end.isPresent() ? "done" : "rolledBack", 1, Integer::sum);
        if (end.isEmpty()) {
            assertThat(host.files()).as("no file is left over").isEqualTo(filesBefore);
            assertThat(contents()).as("the disks are as before").isEqualTo(before);
        }
    }

    private static String way(Opening opening) {
        String kind = opening.getClass().getSimpleName();
        return switch (opening) {
            case SnapshotCreationRequested _, BranchRequested _ -> kind;
            case UndoRequested _, CollectionRequested _ -> kind;
            case RevertRequested e when e.pin().isPresent() -> kind + " pinned";
            case RevertRequested e ->
                kind
                        + e.asked()
                                .onInvalidated()
                                .map(m -> " " + m.name().toLowerCase(Locale.ROOT))
                                .filter(m -> !m.equals(" overlay"))
                                .orElse(e.asked().includeSubsequentChanges() ? " includeSubsequentChanges" : "")
                        + (e.asked().onInvalidated().equals(Optional.of(Revert.OnInvalidated.DISCARD))
                                        && !e.gone().isEmpty()
                                ? " of others"
                                : "");
            case DeletionRequested e -> kind + (e.snapshots().size() > 1 ? " of many" : "");
            case MergeRequested e -> kind + forced(e.force(), !e.discarded().isEmpty());
            case DiscardRequested e -> kind + forced(e.force(), e.gone().size() > 1);
        };
    }

    /** What is left to others never changes any more. */
    private Set<String> sparing(Opening opening) {
        String kind = opening.getClass().getSimpleName();
        Set<String> all = new TreeSet<>();
        opening.layers().streamed().forEach(s -> {
            all.add(kind + " streamed");
            released.put(s.base(), host.read(s.base()));
        });
        opening.layers().released().forEach(f -> {
            all.add(kind + " released");
            released.put(f, host.read(f));
        });
        return all;
    }

    private static String forced(boolean force, boolean others) {
        return (force ? " force" : "") + (others ? " of others" : "");
    }

    /** The files of a record that is gone are the user's: no command may change them any more. */
    private void noted(DomainEvent event) {
        ways.add(event.getClass().getSimpleName());
        expected.decided(event);
        if (event instanceof SnapshotsForgotten forgotten) {
            forgotten.released().forEach(f -> {
                if (!state.layers().find(f).filter(state.layers()::isActive).isPresent()) {
                    released.put(f, host.read(f));
                }
            });
            Set<HostPath> memories = new HashSet<>(host.files());
            memories.removeAll(state.layers().files());
            state.pins().all().forEach(k -> memories.removeAll(k.files()));
            left.addAll(memories);
            Map<HostPath, Set<String>> known = tagsOnRecord();
            host.tags().forEach((file, tags) -> {
                Set<String> rest = new HashSet<>(tags);
                rest.removeAll(known.getOrDefault(file, Set.of()));
                rest.addAll(usersTags.getOrDefault(file, Set.of()));
                if (!rest.isEmpty()) {
                    usersTags.put(file, rest);
                }
            });
        }
    }

    /** Also of those that other snapshots have. */
    private Stream<HostPath> memoriesLeftBy(DomainEvent event) {
        return event instanceof SnapshotsForgotten forgotten
                ? forgotten.snapshots().stream()
                        .flatMap(name -> state.snapshots().find(name).stream())
                        .flatMap(snapshot -> state.layers().memoryFileOf(snapshot).stream())
                : Stream.of();
    }

    /** Lets the host work and the saga answer until the operation has ended. */
    private Optional<DomainEvent> carryThrough(Map<DiskTarget, List<Integer>> before) {
        Optional<DomainEvent> success = Optional.empty();
        Opening first = state.inFlight().orElseThrow().opening();
        Map<DiskTarget, List<Integer>> then = expected.after(first, state, before, host::read);
        while (state.inFlight().isPresent()) {
            InFlight now = state.inFlight().get();
            Opening opening = now.opening();
            List<DomainEvent> events;
            Optional<DomainEvent> givenUp = givenUp(now, before);
            if (givenUp.isPresent()) {
                return givenUp;
            }
            if (!state.inFlight().equals(Optional.of(now))) {
                continue;
            }
            if (now.withHost()) {
                HostResult result = attempt(now.work());
                if (random.nextInt(10) == 0) {
                    assertThat(decide(new ResumeOperation(now.operation(), now.attempt())))
                            .containsExactly(now.work());
                }
                events = decide(new ReportHostOperation(Defined.HOST, 7, now.operation(), now.attempt(), result));
                Optional<DomainEvent> ended =
                        events.stream().filter(Success.class::isInstance).findFirst();
                if (ended.isPresent()) {
                    success = ended;
                    expected.succeeded(opening, before);
                    ways.add(way(opening));
                    ways.addAll(sparing(opening));
                    assertThat(contents()).as("what the guest reads").isEqualTo(then);
                }
            } else {
                events = answer(now);
            }
            assertThat(events).isNotEmpty();
        }
        return success;
    }

    /** What an operator does about an operation that stands still. */
    private Optional<DomainEvent> givenUp(InFlight now, Map<DiskTarget, List<Integer>> before) {
        boolean stuck = now.phase() == InFlight.Phase.NEEDS_ATTENTION;
        boolean silent = cursed && now.withHost() && random.nextInt(12) == 0;
        if (stuck && random.nextInt(3) == 0) {
            cursed = false;
            assertThat(decide(new RetryOperation(now.operation()))).isNotEmpty();
            return Optional.empty();
        }
        if (!stuck && !silent) {
            return Optional.empty();
        }
        if (silent) {
            facts = facts(true);
            assertThat(decide(new ResumeOperation(now.operation(), now.attempt())))
                    .hasExactlyElementsOfTypes(OperationStalled.class);
            endings.merge("abandoned when stalled", 1, Integer::sum);
        }
        List<DomainEvent> events = decide(new AbandonOperation(now.operation()));
        facts = facts(false);
        endings.merge("abandoned " + now.opening().getClass().getSimpleName(), 1, Integer::sum);
        assertThat(state.inFlight()).isEmpty();
        for (DomainEvent event : events) {
            switch (event) {
                case OperationAbandoned e -> {
                    expected.abandoned(e);
                    leave(e.leftovers());
                    if (!e.left().isEmpty() || !e.layers().folded().isEmpty()) {
                        endings.merge("abandoned half way", 1, Integer::sum);
                    }
                }
                case LeftoversKept e -> leave(e.files());
                case Success _ -> {
                    expected.succeeded(now.opening(), before);
                    endings.merge("abandoned when done", 1, Integer::sum);
                }
                default -> {}
            }
        }
        looking = true;
        host.keepTags(tagsOnRecord());
        assertThat(decide(new ReportHostOperation(
                        Defined.HOST, 7, now.operation(), now.attempt(), new HostResult.Finished(HostRun.NOTHING))))
                .isEmpty();
        decide(new ReportDomainState(Defined.HOST, 7, seen()));
        return events.stream().findFirst();
    }

    private void leave(List<HostPath> files) {
        for (HostPath file : files) {
            if (state.layers().find(file).isPresent()) {
                released.put(file, host.read(file));
            } else if (random.nextBoolean() && host.isChildless(file)) {
                host.userRemoves(file);
            } else if (host.files().contains(file)) {
                left.add(file);
                host.leave(file);
            }
        }
    }

    private List<DomainEvent> answer(InFlight now) {
        HostOperationFailed failed = now.failed().orElseThrow();
        return switch (failed.next()) {
            case ROLL_BACK -> decide(new RollBackOperation(now.operation(), now.attempt() + 1));
            case RESUME -> decide(new ResumeOperation(now.operation(), now.attempt() + 1));
            case NONE -> throw new AssertionError("needs attention: " + failed);
        };
    }

    private HostResult attempt(HostWork work) {
        if (work instanceof Opening && work.plan().assumes().runState() != host.runState()) {
            return new HostResult.Refused(RejectionCode.WRONG_STATE, "the guest is " + host.runState(), seen());
        }
        List<HostPath> harmed = work instanceof Opening
                ? work.plan().steps().stream()
                        .flatMap(s -> harmed(s).stream())
                        .distinct()
                        .toList()
                : List.of();
        if (!harmed.isEmpty()) {
            return new HostResult.Refused(RejectionCode.WOULD_INVALIDATE, "others read it", seen(), harmed);
        }
        List<StepOutcome> outcomes = new ArrayList<>();
        boolean unlucky = random.nextInt(4) == 0;
        int curse = cursed ? random.nextInt(Math.max(1, work.plan().steps().size())) : -1;
        for (int i = 0; i < work.plan().steps().size(); i++) {
            Step step = work.plan().steps().get(i);
            if (i == curse) {
                Failure failure = new Failure.ConnectionLost("cursed at " + i);
                outcomes.add(
                        random.nextBoolean()
                                ? new StepOutcome.Failed(i, 1, failure)
                                : new StepOutcome.Unknown(i, 1, failure));
                return new HostResult.Failed(
                        new HostRun(outcomes, Optional.empty(), Optional.empty()), failure, List.of());
            }
            if (!cursed && unlucky && work.attempt() < 4 && random.nextInt(3) == 0) {
                Failure failure = new Failure.ConnectionLost("cut at " + i);
                if (random.nextBoolean()) {
                    outcomes.add(new StepOutcome.Failed(i, 1, failure));
                } else {
                    if (random.nextBoolean()) {
                        host.run(step);
                    }
                    outcomes.add(new StepOutcome.Unknown(i, 1, failure));
                }
                return new HostResult.Failed(
                        new HostRun(outcomes, Optional.empty(), Optional.empty()), failure, List.of());
            }
            outcomes.add(new StepOutcome.Done(i, 1, host.run(step)));
        }
        return new HostResult.Finished(new HostRun(outcomes, Optional.empty(), Optional.empty()));
    }

    private List<DomainEvent> decide(DomainCommand command) {
        Request request = new Request(
                Defined.WEB, command, Instant.ofEpochSecond(operations), new OperationId(new UUID(1, ++operations)));
        return switch (Decisions.decide(state, facts, request)) {
            case Decision.Accepted a -> {
                for (DomainEvent event : a.events()) {
                    Set<Claim> released = Claims.releasedBy(state, event);
                    claims.addAll(Claims.claimedBy(event));
                    assertThat(claims).containsAll(released);
                    claims.removeAll(released);
                    memoriesLeftBy(event).forEach(left::add);
                    state = state.evolve(event);
                }
                yield a.events();
            }
            case Decision.Rejected r -> {
                rejections.merge(r.rejection().code(), 1, Integer::sum);
                yield List.of();
            }
        };
    }

    private Observation seen() {
        Observation seen = new Observation(host.runState(), List.of());
        return looking ? seen.with(Optional.empty(), Optional.of(host.seen())) : seen;
    }

    private Map<DiskTarget, HostPath> active() {
        Map<DiskTarget, HostPath> active = new HashMap<>();
        DEFINITION
                .disks()
                .forEach(d ->
                        active.put(d.target(), state.layers().active(d.target()).file()));
        return active;
    }

    private Map<DiskTarget, List<Integer>> contents() {
        Map<DiskTarget, List<Integer>> contents = new HashMap<>();
        Map<DiskTarget, HostPath> files = host.runState().online() ? host.writes() : active();
        files.forEach((target, file) -> contents.put(target, host.read(file)));
        return contents;
    }

    private Map<DiskTarget, List<Integer>> reading(Snapshot snapshot) {
        Map<DiskTarget, List<Integer>> contents = new HashMap<>();
        snapshot.externalDisks().forEach(d -> contents.put(d.target(), host.read(d.base())));
        snapshot.internalDisks().forEach(d -> contents.put(d.target(), host.read(d.file(), d.tag())));
        return contents;
    }

    private void check() {
        assertThat(state.snapshots().size()).isEqualTo(expected.held().size());
        for (Snapshot snapshot : state.snapshots().all()) {
            assertThat(reading(snapshot))
                    .as("what " + snapshot.name() + " holds")
                    .isEqualTo(expected.of(snapshot.name()));
            snapshot.parent()
                    .ifPresent(p -> assertThat(state.snapshots().has(p)).isTrue());
            for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
                assertThat(state.layers().usersOf(disk.base())).contains(snapshot.name());
            }
        }
        state.snapshots()
                .current()
                .ifPresent(c -> assertThat(state.snapshots().has(c)).isTrue());
        for (Layer layer : state.layers().all()) {
            assertThat(host.backingOf(layer.file())).isEqualTo(layer.backing());
            assertThat(state.layers().isActive(layer) && !state.layers().isChildless(layer.file()))
                    .isFalse();
            checkReached(layer);
        }
        Set<HostPath> known = new HashSet<>(state.layers().files());
        state.pins().all().forEach(k -> known.addAll(k.files()));
        assertThat(without(claims, claimsOf(known))).as("claims too many").isEmpty();
        assertThat(without(claimsOf(known), claims)).as("claims missing").isEmpty();
        known.addAll(left);
        assertThat(without(host.files(), known)).as("files too many").isEmpty();
        assertThat(without(known, host.files())).as("files missing").isEmpty();
        assertThat(host.tags()).as("tags").isEqualTo(tagsOnRecord());
        shared.keySet().removeIf(active()::containsValue);
        shared.forEach((file, content) ->
                assertThat(host.read(file)).as("what others read in " + file).isEqualTo(content));
        released.forEach((file, content) ->
                assertThat(host.read(file)).as("the user's " + file).isEqualTo(content));
        if (host.runState().online()) {
            assertThat(host.writes()).isEqualTo(active());
        }
    }

    private static <T> Set<T> without(Set<T> some, Set<T> others) {
        Set<T> rest = new HashSet<>(some);
        rest.removeAll(others);
        return rest;
    }

    private Map<HostPath, Set<String>> tagsOnRecord() {
        Map<HostPath, Set<String>> tags = new TreeMap<>(usersTags);
        state.pins().all().stream().flatMap(k -> k.pin().tags().stream()).forEach(t -> {
            Set<String> all = new HashSet<>(tags.getOrDefault(t.image().file(), Set.of()));
            all.add(t.name());
            tags.put(t.image().file(), all);
        });
        state.snapshots().all().stream().flatMap(Snapshot::internalDisks).forEach(d -> {
            Set<String> all = new HashSet<>(tags.getOrDefault(d.file(), Set.of()));
            all.add(d.tag());
            tags.put(d.file(), all);
        });
        return tags;
    }

    private static Set<Claim> claimsOf(Set<HostPath> files) {
        Set<Claim> all = new HashSet<>();
        Set<HostPath> shared = DEFINITION.disks().stream()
                .filter(Disk::readOnly)
                .map(Disk::file)
                .collect(Collectors.toSet());
        files.forEach(f ->
                all.add(shared.contains(f) ? new Claim.SharedFile(Defined.HOST, f) : new Claim.File(Defined.HOST, f)));
        all.add(new Claim.File(Defined.HOST, DEFINITION.qmpSocket().orElseThrow()));
        all.add(new Claim.Name(DEFINITION.name()));
        return all;
    }

    /** A childless layer is active, or the state or the tip of a living snapshot. */
    private void checkReached(Layer layer) {
        if (state.layers().isChildless(layer.file())
                && state.layers().usersOf(layer.file()).isEmpty()
                && !state.layers().isActive(layer)
                && state.layers().taggedBy(layer.file()).isEmpty()
                && !state.pins().has(layer.file())
                && layer.origin() != Layer.Origin.RELEASED) {
            assertThat(state.layers().ownerOf(layer.file()))
                    .as("who has " + layer)
                    .hasValueSatisfying(
                            o -> assertThat(state.snapshots().has(o)).isTrue());
        }
    }
}
